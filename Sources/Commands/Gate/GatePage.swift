import Core

/// The gate, for people.
struct GatePage {
    private(set) var lines: [String] = []

    init(_ verdict: GateVerdict, _ console: Console) {
        var page = Page(console)
        page.field("Task", verdict.task, .strong)
        page.field("Gate", verdict.open ? "open" : "closed", verdict.open ? .good : .warning)
        page.field("Commit", verdict.commit)
        page.field("Artifact", verdict.digest)
        page.field("Server", verdict.server)
        if verdict.open { page.field("Clients", Measures.list(verdict.clients)) }
        if !verdict.reasons.isEmpty { page.append([""] + Self.table(verdict.reasons, console)) }
        if !verdict.excluded.isEmpty {
            page.append(["", "left out by the flow's rule:"] + Self.table(verdict.excluded, console))
        }
        lines = page.lines
    }

    private static func table(_ reasons: [GateReason], _ console: Console) -> [String] {
        var table = Table("NODE", "REPORTS", "WANTS", "SINCE", "WHY*", empty: "")
        for reason in reasons {
            table.add(
                .init(reason.node, .strong),
                .init(short(reason.reports)),
                .init(short(reason.wants)),
                .init(Measures.age(reason.since, console)),
                .init(reason.why)
            )
        }
        return table.lines(console)
    }

    /// Hashes as Git abbreviates them; everything else as it is.
    static func short(_ text: String) -> String {
        CommitHash(text)?.short ?? (text.hasPrefix("sha256:") ? ContentDigest(text)?.short : nil) ?? text
    }

    /// One reason in one line, safe.
    static func sentence(_ reason: GateReason, _ console: Console) -> String {
        SafeText.line(
            "\(reason.node) reports \(short(reason.reports)), wanted is \(short(reason.wants)), "
                + "for \(Measures.age(reason.since, console)): \(reason.why)"
        )
    }

    /// What holds the gate, without how long that has been so: it changes only when something happens.
    static func line(_ verdict: GateVerdict, _ console: Console) -> String {
        SafeText.line("gate closed by " + verdict.reasons.map { "\($0.node): \($0.why)" }.joined(separator: "; "))
    }
}
