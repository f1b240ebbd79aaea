/// What the gate of a task says at one moment.
package struct GateVerdict: Codable, Sendable, Equatable {
    package var task: String
    package var open: Bool
    /// The commit that participants have to run; absent before the first revision.
    package var commit: CommitHash?
    package var digest: ContentDigest?
    /// Client nodes that would take part, where the gate is open.
    package var clients: [String]
    /// With how many of their updates training would be over, where more are asked than are needed.
    package var enough: Int?
    package var server: String?
    /// Selected nodes that the flow's rule lets the round start without, and why.
    package var excluded: [GateReason]
    /// One for each node that holds a closed gate; never empty then.
    package var reasons: [GateReason]
}

/// Why one node holds the gate: what it reports, what is wanted of it, and since when that is so.
package struct GateReason: Codable, Sendable, Equatable, Hashable {
    /// A node's name, or the task's own where no single node is at fault.
    package var node: String
    package var reports: String
    package var wants: String
    package var since: Instant
    package var why: String

    package init(node: String, reports: String, wants: String, since: Instant, why: String) {
        self.node = node
        self.reports = reports
        self.wants = wants
        self.since = since
        self.why = why
    }
}
