/// A node as one task sees it.
package struct Member: Codable, Sendable, Equatable {
    package var node: String
    package var role: NodeRole
    package var labels: [String: String]
    /// An operator took the node out of rounds; it still moves with rollouts.
    package var draining: Bool
    /// The release that the node should run.
    package var assigned: Int?
    /// Which attempt at it; a node that failed an attempt tries again only at a newer one.
    package var attempt: Int?
    /// The node's latest accepted report of this task.
    package var report: TaskReport?
    package var order: ReportOrder?
    package var engineURL: String?

    package init(node: String, role: NodeRole, labels: [String: String] = [:], draining: Bool = false) {
        self.node = node
        self.role = role
        self.labels = labels
        self.draining = draining
    }

    /// Whether the latest report says that the worker was loaded from `release` and is well.
    package func isReady(on release: Release) -> Bool {
        guard let report else { return false }
        return report.phase == .ready && report.commit == release.commit && report.digest == release.digest
    }

    /// Whether the latest report says that the node tried `release` and can't run it.
    package func hasFailed(on release: Release) -> Bool {
        guard let report else { return false }
        switch report.phase {
        case .failed: return report.attempting == release.commit && report.attempt == attempt
        case .degraded: return report.commit == release.commit && report.digest == release.digest
        default: return false
        }
    }
}
