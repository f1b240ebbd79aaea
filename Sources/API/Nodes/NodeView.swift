package import Core

/// A registered node, as operators see it.
package struct NodeView: Codable, Sendable, Equatable {
    package var name: String
    package var role: NodeRole
    package var labels: [String: String]
    package var online: Bool
    package var draining: Bool
    package var joined: Instant
    package var lastSeen: Instant?
    package var version: String?
    package var host: HostFacts?
    package var engineURL: String?
    package var tasks: [NodeTaskView]

    package init(
        name: String,
        role: NodeRole,
        labels: [String: String],
        online: Bool,
        draining: Bool,
        joined: Instant,
        lastSeen: Instant?,
        version: String?,
        host: HostFacts?,
        engineURL: String?,
        tasks: [NodeTaskView]
    ) {
        self.name = name
        self.role = role
        self.labels = labels
        self.online = online
        self.draining = draining
        self.joined = joined
        self.lastSeen = lastSeen
        self.version = version
        self.host = host
        self.engineURL = engineURL
        self.tasks = tasks
    }
}

/// One task on one node: what it reports beside what is wanted of it.
package struct NodeTaskView: Codable, Sendable, Equatable {
    package var task: String
    package var node: String
    package var role: NodeRole
    package var online: Bool
    package var draining: Bool
    package var wants: CommitHash?
    package var reports: TaskReport?

    package init(
        task: String,
        node: String,
        role: NodeRole,
        online: Bool,
        draining: Bool,
        wants: CommitHash?,
        reports: TaskReport?
    ) {
        self.task = task
        self.node = node
        self.role = role
        self.online = online
        self.draining = draining
        self.wants = wants
        self.reports = reports
    }
}
