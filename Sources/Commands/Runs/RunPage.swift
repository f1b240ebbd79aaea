import API
import Core

/// One run, for people.
struct RunPage {
    private(set) var lines: [String] = []

    /// - Parameter gate: Shown where it is closed and no round is under way.
    init(_ run: RunView, gate: GateVerdict? = nil, _ console: Console) {
        var page = Page(console)
        page.field("Run", "\(run.number) of \(run.task)", .strong)
        page.field("Status", run.status.rawValue, Self.paint(run.status))
        if let reason = run.reason { page.field("Reason", reason, .warning) }
        if let revision = run.revision {
            page.field("Revision", "\(revision) (\(run.commit?.short ?? "-"))")
        }
        if let continues = run.continues { page.field("Continues", "run \(continues)") }
        page.field("Rounds", Self.progress(run, console))
        if let progress = run.progress {
            let since = progress.waited > 0 ? ", no better for \(progress.waited) rounds" : ""
            page.field(
                "Best",
                "\(Measures.metrics([progress.metric: progress.best])) in round \(progress.round)\(since)"
            )
        }
        if run.failures > 0 { page.field("Failures", "\(run.failures) since the last finished round", .warning) }
        page.field("Started", "\(Measures.age(run.started, console)) ago")
        if let ended = run.ended { page.field("Took", Measures.fine(ended.seconds(since: run.started))) }
        if let round = run.round {
            let left = round.deadline.seconds(since: Instant(console.now()))
            page.field(
                "Now",
                "round \(round.round) with \(Measures.list(round.participants)), \(Measures.duration(left)) left",
                .busy
            )
        } else if let gate, !gate.open, run.status == .running {
            page.field("Gate", "closed", .warning)
            for reason in gate.reasons { page.text("  " + GatePage.sentence(reason, console)) }
        }
        if let rounds = run.rounds, !rounds.isEmpty { page.append([""] + Self.table(rounds).lines(console)) }
        page.append(Self.contributions(run.rounds ?? [], console))
        lines = page.lines
    }

    private static func progress(_ run: RunView, _ console: Console) -> String {
        let text = "\(run.done) of \(run.goal)"
        guard console.isTerminal, run.goal > 0 else { return text }
        let width = 20
        let filled = min(width, width * run.done / run.goal)
        return text + " " + String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
    }

    static func table(_ rounds: [RoundView]) -> Table {
        var table = Table(
            "ROUND#",
            "EPOCH#",
            "STATUS",
            "COMMIT",
            "CLIENTS",
            "EXAMPLES#",
            "MODEL",
            "TOOK",
            "EVALUATION*",
            empty: "no rounds yet"
        )
        for round in rounds {
            let examples = round.contributions.map(\.examples).reduce(0, +)
            table.add(
                .init("\(round.round)"),
                .init("\(round.epoch)"),
                .init(round.status.rawValue, paint(round.status)),
                .init(round.commit.short),
                .init(clients(round)),
                .init(examples == 0 ? "-" : "\(examples)"),
                .init(round.model.map { "v\($0)" } ?? "-"),
                .init(round.ended.map { Measures.fine($0.seconds(since: round.started)) } ?? "-"),
                .init(round.reason ?? remark(round))
            )
        }
        return table
    }

    /// Its metrics, and who took no part in measuring them.
    private static func remark(_ round: RoundView) -> String {
        let isEmpty = round.evaluation.isEmpty && round.serverEvaluation == nil
        var parts = isEmpty ? [] : [Measures.metrics(round.evaluation, server: round.serverEvaluation)]
        if let first = round.unevaluated?.first, let count = round.unevaluated?.count {
            let others = count > 1 ? " and \(count - 1) more" : ""
            parts.append("not evaluated by \(first.node)\(others): \(first.why)")
        }
        if let why = round.serverUnevaluated { parts.append("not evaluated by \(round.server): \(why)") }
        return parts.joined(separator: "; ")
    }

    /// `3`, or `2/3` where an update is missing.
    private static func clients(_ round: RoundView) -> String {
        guard round.status != .running, round.contributions.count != round.participants.count else {
            return "\(round.participants.count)"
        }
        return "\(round.contributions.count)/\(round.participants.count)"
    }

    /// What each client's updates were worth, where that was measured: in the newest round, and in the mean of all.
    private static func contributions(_ rounds: [RoundView], _ console: Console) -> [String] {
        let parts = rounds.filter { $0.status == .finished }.flatMap(\.contributions).filter { $0.contribution != nil }
        let note = rounds.last { $0.status == .finished }?.contributionNote
        guard !parts.isEmpty else { return note.map { ["", "No contributions: \(SafeText.line($0))"] } ?? [] }
        var table = Table("CLIENT", "ROUNDS#", "EXAMPLES#", "CONTRIBUTION#", "MEAN#", empty: "")
        for (node, all) in Dictionary(grouping: parts, by: \.node).sorted(by: { $0.key < $1.key }) {
            let values = all.compactMap(\.contribution)
            table.add(
                .init(node),
                .init("\(all.count)"),
                .init("\(all.map(\.examples).reduce(0, +))"),
                .init(Measures.contribution(values.last)),
                .init(Measures.contribution(values.reduce(0, +) / Double(max(1, values.count))))
            )
        }
        return [""] + table.lines(console) + (note.map { [SafeText.line("Of the newest round: \($0)")] } ?? [])
    }

    /// `2: running, round 4 of 10 with 3 clients`.
    static func sentence(_ run: RunView, _ console: Console) -> String {
        var text = "\(run.number): \(run.status.rawValue), \(run.done) of \(run.goal) rounds done"
        if let round = run.round { text += ", round \(round.round) under way with \(round.participants.count) clients" }
        if run.status == .running, let retry = run.retryAt {
            let left = retry.seconds(since: Instant(console.now()))
            if left > 0 { text += ", next attempt in \(Measures.duration(left))" }
        }
        if let reason = run.reason { text += " (\(reason))" }
        return text
    }

    static func paint(_ status: Run.Status) -> Paint {
        switch status {
        case .running: .busy
        case .completed: .good
        case .failed: .bad
        case .stopped: .warning
        case .superseded: .faint
        }
    }

    private static func paint(_ status: RoundRecord.Status) -> Paint {
        switch status {
        case .running: .busy
        case .finished: .good
        case .failed: .bad
        case .aborted: .warning
        }
    }
}
