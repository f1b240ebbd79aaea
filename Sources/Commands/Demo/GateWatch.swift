import Core

/// Notes how long each node holds the gate closed, from the verdicts that it is shown.
struct GateWatch: Sendable {
    private var open: [String: (reason: GateReason, seen: Instant)] = [:]
    private(set) var closed: [DemoSummary.Closed] = []

    /// Takes a verdict into account; returns the reasons that are new to whoever watches.
    mutating func take(_ verdict: GateVerdict, at instant: Instant) -> [GateReason] {
        let reasons = verdict.open ? [] : verdict.reasons.filter { $0.node != verdict.task }
        var news: [GateReason] = []
        for reason in reasons {
            let known = open[reason.node]
            // While it moves, a node's reason changes from phase to phase; that it holds the gate is one fact.
            if known?.reason.wants != reason.wants { news.append(reason) }
            if known == nil { open[reason.node] = (reason, instant) }
        }
        for node in open.keys.sorted() where !reasons.contains(where: { $0.node == node }) {
            guard let ended = open.removeValue(forKey: node) else { continue }
            closed.append(
                DemoSummary.Closed(
                    node: node,
                    reports: ended.reason.reports,
                    wants: ended.reason.wants,
                    seconds: instant.seconds(since: ended.seen)
                )
            )
        }
        return news
    }
}
