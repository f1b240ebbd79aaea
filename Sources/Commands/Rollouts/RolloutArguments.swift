import API
import ArgumentParser
import ControllerClient

/// A task, and a rollout of it.
struct RolloutArguments: ParsableArguments {
    @Argument(help: "The task's name.")
    var task: String

    @Argument(help: "The rollout's number; the newest where it is left out.")
    var rollout: Int?

    func number(_ client: ControllerClient) async throws -> Int {
        if let rollout { return rollout }
        guard let newest = try await client.listRollouts(task: task).map(\.number).max() else {
            throw CommandFailure("task \(task) has no rollouts yet: they begin when a revision is built", .notFound)
        }
        return newest
    }
}
