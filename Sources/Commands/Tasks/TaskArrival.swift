import API
import ControllerClient
import Core

/// Waits until a task's newest revision is on its nodes; fails with the build, the rollout or the source.
struct TaskArrival {
    let client: ControllerClient
    let task: String
    let watch: Watch

    func run() async throws -> TaskView {
        let view = LiveView(Console.current)
        return try await watch(for: "a revision of \(task) on its nodes") {
            let task = try await client.showTask(task)
            view.show(TaskPage(task, Console.current).lines, line: Self.line(task))
            if let failure = task.source.failure, failure.kind != "transient" {
                throw CommandFailure("the source of \(task.name) can't be read: \(failure.message)")
            }
            if let newest = task.newest, newest.state == .failed {
                throw CommandFailure("revision \(newest.name) failed: \(newest.reason ?? "see its log")")
            }
            guard let rollout = task.rollout, rollout.commit == task.newest?.commit else { return nil }
            switch rollout.phase {
            case .completed: return task
            case .failed, .rolledBack, .paused:
                throw CommandFailure("rollout \(rollout.number) is \(rollout.phase.rawValue): \(rollout.reason ?? "")")
            default: return nil
            }
        }
    }

    private static func line(_ task: TaskView) -> String {
        let build = task.newest.map { "revision \($0.name) \($0.state.rawValue)" } ?? "no revision yet"
        let rollout = task.rollout.map { ", rollout \($0.number) \($0.phase.rawValue)" } ?? ""
        return SafeText.line(build + rollout)
    }
}
