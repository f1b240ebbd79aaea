package import Core

/// Body of `POST /v1/tasks`.
package struct TaskRequest: Codable, Sendable {
    package var name: String
    package var source: SourceSpec

    package init(name: String, source: SourceSpec) {
        self.name = name
        self.source = source
    }
}

/// A task and all that operators ask of it first.
package struct TaskView: Codable, Sendable, Equatable {
    package var name: String
    package var source: SourceView
    /// The revision that nodes should end on.
    package var target: RevisionView?
    /// The newest revision, whatever became of its build.
    package var newest: RevisionView?
    package var rollout: RolloutView?
    package var gate: GateVerdict
    package var run: RunView?
    package var model: ModelView?
    package var nodes: [NodeTaskView]
    /// What a person should look at, newest first.
    package var warnings: [EventRecord]

    package init(
        name: String,
        source: SourceView,
        target: RevisionView?,
        newest: RevisionView?,
        rollout: RolloutView?,
        gate: GateVerdict,
        run: RunView?,
        model: ModelView?,
        nodes: [NodeTaskView],
        warnings: [EventRecord]
    ) {
        self.name = name
        self.source = source
        self.target = target
        self.newest = newest
        self.rollout = rollout
        self.gate = gate
        self.run = run
        self.model = model
        self.nodes = nodes
        self.warnings = warnings
    }
}

package struct SourceView: Codable, Sendable, Equatable {
    package var url: String
    package var branch: String
    package var tags: String
    package var flow: String
    package var interval: Double
    package var deployOn: SourceSpec.DeployOn
    package var head: CommitHash?
    package var lastPoll: Instant?
    package var nextPoll: Instant?
    package var failures: Int
    package var failure: PollFailure?
    /// Tags that the remote moved after they were first seen, and where to.
    package var movedTags: [String: CommitHash]
    package var deletedTags: [String]
    /// Tags that match the rule but whose commit the branch doesn't hold.
    package var unreachableTags: [String]

    package init(_ state: SourceState) {
        url = state.spec.url
        branch = state.spec.branch
        tags = state.spec.tags
        flow = state.spec.flow
        interval = state.spec.interval
        deployOn = state.spec.deployOn
        head = state.head
        lastPoll = state.lastPoll
        nextPoll = state.nextPoll
        failures = state.failures
        failure = state.lastFailure
        movedTags = state.tags.compactMapValues(\.movedTo)
        deletedTags = state.tags.filter { $0.value.deleted }.keys.sorted()
        unreachableTags = state.unreachable
    }
}

/// Answer of `GET /v1/status`.
package struct StatusView: Codable, Sendable, Equatable {
    package var version: String
    package var started: Instant
    package var time: Instant
    package var tasks: [TaskView]
    package var nodesOnline: Int
    package var nodes: Int

    package init(version: String, started: Instant, time: Instant, tasks: [TaskView], nodesOnline: Int, nodes: Int) {
        self.version = version
        self.started = started
        self.time = time
        self.tasks = tasks
        self.nodesOnline = nodesOnline
        self.nodes = nodes
    }
}
