package import API
package import Core

extension ControllerClient {
    package func listTasks() async throws -> [TaskView] { try await list(Route.listTasks.path) }

    package func addTask(_ request: TaskRequest) async throws -> TaskView {
        try await exchange(.post, Route.addTask.path, body: request.json())
    }

    package func showTask(_ task: String) async throws -> TaskView {
        try await exchange(.get, Route.showTask.path(task))
    }

    package func removeTask(_ task: String) async throws { try await bytes(.delete, Route.removeTask.path(task)) }

    /// Asks the controller to look at the task's source now.
    @discardableResult
    package func pollTask(_ task: String) async throws -> SourceView {
        try await exchange(.post, Route.pollTask.path(task))
    }

    package func gate(task: String) async throws -> GateVerdict { try await exchange(.get, Route.gate.path(task)) }

    package func taskEvents(task: String, after: Int? = nil, limit: Int? = nil) async throws -> [EventView] {
        try await list(Route.taskEvents.path(task) + Query(after: after, limit: limit))
    }

    package func followTaskEvents(task: String, after: Int? = nil) -> EventStream<EventView> {
        stream(Route.taskEvents.path(task) + Query(after: after, follow: true), event: "event")
    }

    /// The newest lines that `filter` lets through, oldest first.
    package func taskLogs(task: String, _ filter: LogFilter = LogFilter()) async throws -> [LogView] {
        try await list(Route.taskLogs.path(task) + filter.query(follow: false))
    }

    /// The newest lines that `filter` lets through, then those that come.
    package func followTaskLogs(task: String, _ filter: LogFilter = LogFilter()) -> EventStream<LogView> {
        stream(Route.taskLogs.path(task) + filter.query(follow: true), event: "line")
    }

    // MARK: - Revisions

    package func listRevisions(task: String) async throws -> [RevisionView] {
        try await list(Route.listRevisions.path(task))
    }

    /// - Parameter revision: Its name, such as a tag, or its number.
    package func showRevision(task: String, revision: String) async throws -> RevisionView {
        try await exchange(.get, Route.showRevision.path(task, revision))
    }

    /// Who built the revision, from what and how, signed by the controller.
    package func revisionProvenance(task: String, revision: String) async throws -> SignedEnvelope {
        try await exchange(.get, Route.revisionProvenance.path(task, revision))
    }

    /// What the signature is checked with.
    package func artifactKey() async throws -> PublicKeyView { try await exchange(.get, Route.artifactKey.path()) }

    /// The lines of its build and its tests after the one numbered `after`.
    package func revisionLog(task: String, revision: String, after: Int? = nil) async throws -> [BuildLogLine] {
        try await list(Route.revisionLog.path(task, revision) + Query(after: after))
    }

    /// The lines of its build and its tests, and those to come; ends with the build.
    package func followRevisionLog(
        task: String,
        revision: String,
        after: Int? = nil
    ) -> EventStream<BuildLogLine> {
        stream(Route.revisionLog.path(task, revision) + Query(after: after, follow: true), event: "line")
    }

    // MARK: - Rollouts

    package func listRollouts(task: String) async throws -> [RolloutView] {
        try await list(Route.listRollouts.path(task))
    }

    package func showRollout(task: String, rollout: Int) async throws -> RolloutView {
        try await exchange(.get, Route.showRollout.path(task, String(rollout)))
    }

    package func undoRollout(task: String, _ request: UndoRequest = UndoRequest()) async throws -> RolloutView {
        try await exchange(.post, Route.undoRollout.path(task), body: request.json())
    }

    /// - Parameter reason: For the history.
    package func pauseRollout(task: String, reason: String? = nil) async throws -> RolloutView {
        try await exchange(.post, Route.pauseRollout.path(task), body: ReasonRequest(reason: reason).json())
    }

    package func resumeRollout(task: String) async throws -> RolloutView {
        try await exchange(.post, Route.resumeRollout.path(task))
    }
}

/// Which lines of a task's workers are wanted.
package struct LogFilter: Sendable {
    package var node: String?
    package var stage: String?
    package var epoch: Int?
    /// Only lines that arrived after the one of this number.
    package var after: Int?
    /// How many lines of the past.
    package var limit: Int?

    package init(
        node: String? = nil,
        stage: String? = nil,
        epoch: Int? = nil,
        after: Int? = nil,
        limit: Int? = nil
    ) {
        self.node = node
        self.stage = stage
        self.epoch = epoch
        self.after = after
        self.limit = limit
    }

    func query(follow: Bool) -> Query {
        Query([
            ("node", node), ("stage", stage), ("epoch", epoch.map(String.init)),
            ("after", after.map(String.init)), ("limit", limit.map(String.init)), ("follow", follow ? "true" : nil),
        ])
    }
}
