package import API

extension ControllerClient {
    package func listRuns(task: String) async throws -> [RunView] { try await list(Route.listRuns.path(task)) }

    package func startRun(task: String, _ request: RunRequest = RunRequest()) async throws -> RunView {
        try await exchange(.post, Route.startRun.path(task), body: request.json())
    }

    /// With all attempts at its rounds.
    package func showRun(task: String, run: Int) async throws -> RunView {
        try await exchange(.get, Route.showRun.path(task, String(run)))
    }

    /// - Parameter reason: For the history.
    package func stopRun(task: String, run: Int, reason: String? = nil) async throws -> RunView {
        try await exchange(.post, Route.stopRun.path(task, String(run)), body: ReasonRequest(reason: reason).json())
    }

    package func listModels(task: String) async throws -> [ModelView] { try await list(Route.listModels.path(task)) }

    package func showModel(task: String, version: Int) async throws -> ModelView {
        try await exchange(.get, Route.showModel.path(task, String(version)))
    }

    /// The task's best model; 404 where its flow doesn't say what is good, or no model has the metric yet.
    package func showBestModel(task: String) async throws -> ModelView {
        try await exchange(.get, Route.showModel.path(task, "best"))
    }

    /// Leave to fetch the model from the node that holds it, with ``model(_:from:receive:)``.
    package func grantModel(task: String, version: Int) async throws -> ModelGrant {
        try await exchange(.post, Route.grantModel.path(task, String(version)))
    }
}
