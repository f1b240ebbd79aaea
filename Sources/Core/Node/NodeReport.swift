/// What a manager says of its node: sent at each change, and as a heartbeat well within the lease.
package struct NodeReport: Codable, Sendable, Equatable {
    package var node: String
    /// Where this report stands among all reports of the node.
    package var order: ReportOrder
    /// Version of the manager's binary.
    package var version: String
    package var host: HostFacts?
    /// Where clients reach this node's engine, such as `http://10.0.0.4:9443`; server nodes only.
    package var engineURL: String?
    package var tasks: [TaskReport]

    package init(
        node: String,
        order: ReportOrder,
        version: String,
        host: HostFacts? = nil,
        engineURL: String? = nil,
        tasks: [TaskReport] = []
    ) {
        self.node = node
        self.order = order
        self.version = version
        self.host = host
        self.engineURL = engineURL
        self.tasks = tasks
    }
}

/// Orders the reports of one node across restarts of its manager, whatever order the network delivers them in.
package struct ReportOrder: Codable, Sendable, Hashable, Comparable {
    /// Counts the manager's starts; kept on the node's disk and raised before anything else happens.
    package var boot: Int
    /// Random at each start: two reports with one boot number and different ids mean a cloned disk.
    package var bootID: String
    /// Rises with each report of this boot.
    package var sequence: Int

    package init(boot: Int, bootID: String, sequence: Int) {
        self.boot = boot
        self.bootID = bootID
        self.sequence = sequence
    }

    package static func < (a: ReportOrder, b: ReportOrder) -> Bool {
        (a.boot, a.sequence) < (b.boot, b.sequence)
    }
}

/// What one task's revision is doing on a node.
package struct TaskReport: Codable, Sendable, Equatable {
    package var task: String
    /// The commit that the node's worker was loaded from; absent before the first activation.
    package var commit: CommitHash?
    /// The artifact that the worker was loaded from.
    package var digest: ContentDigest?
    package var phase: NodePhase
    /// The commit that is being fetched, prepared or checked, or that failed.
    package var attempting: CommitHash?
    /// The attempt, as the assignment numbers it, that `attempting` belongs to.
    package var attempt: Int?
    /// What went wrong, for people; the last lines of a failed check among it.
    package var message: String?
    /// The epoch of the ticket in hand.
    package var epoch: Int?
    /// Tickets of a lower epoch are refused by this node; absent where it never saw one.
    package var fence: Int?
    /// The highest version of a global model on this node's disk; of server nodes that have one.
    package var newestModel: Int?
    /// The stage that runs at this moment.
    package var stage: String?
    package var worker: WorkerFacts?
    /// Commits kept on the node's disk, ready for an instant rollback.
    package var kept: [CommitHash]?

    package init(
        task: String,
        commit: CommitHash? = nil,
        digest: ContentDigest? = nil,
        phase: NodePhase,
        attempting: CommitHash? = nil,
        attempt: Int? = nil,
        message: String? = nil,
        epoch: Int? = nil
    ) {
        self.task = task
        self.commit = commit
        self.digest = digest
        self.phase = phase
        self.attempting = attempting
        self.attempt = attempt
        self.message = message
        self.epoch = epoch
    }
}

/// How far a node is with the revision it should run.
package enum NodePhase: String, Codable, Sendable, CaseIterable {
    /// Nothing is assigned.
    case idle
    case fetching, preparing, activating, checking
    /// `commit` is active, its worker was loaded from it, and its check passed.
    case ready
    /// `attempting` could not be made ready; `message` says why. The node goes on with `commit`, if it has one.
    case failed
    /// `commit` is active, but its worker crashed or its check fails; the manager is trying to restart it.
    case degraded
}

/// A node's load and room, as the manager reads it.
package struct HostFacts: Codable, Sendable, Equatable {
    /// Share of all cores that was busy since the last report, 0 to 1.
    package var cpu: Double?
    package var cores: Int?
    package var memoryBytes: Int?
    package var memoryTotalBytes: Int?
    package var diskFreeBytes: Int?
    package var diskTotalBytes: Int?
    package var system: String?

    package init() {}
}

/// The worker process of one task.
package struct WorkerFacts: Codable, Sendable, Equatable {
    /// `starting`, `idle`, `busy`, `stopped` or `crashed`.
    package var state: String
    package var pid: Int?
    package var restarts: Int
    package var memoryBytes: Int?

    package init(state: String, pid: Int? = nil, restarts: Int = 0, memoryBytes: Int? = nil) {
        self.state = state
        self.pid = pid
        self.restarts = restarts
        self.memoryBytes = memoryBytes
    }
}
