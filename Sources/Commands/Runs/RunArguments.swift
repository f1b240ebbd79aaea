import API
import ArgumentParser
import ControllerClient

/// A task, and a run of it.
struct RunArguments: ParsableArguments {
    @Argument(help: "The task's name.")
    var task: String

    @Argument(help: "The run's number; the newest where it is left out.")
    var run: Int?

    func number(_ client: ControllerClient) async throws -> Int {
        if let run { return run }
        guard let newest = try await client.listRuns(task: task).map(\.number).max() else {
            throw CommandFailure("task \(task) has no runs yet: start one with fedops run start \(task)", .notFound)
        }
        return newest
    }
}
