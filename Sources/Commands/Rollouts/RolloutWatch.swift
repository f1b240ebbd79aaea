import API
import ArgumentParser
import ControllerClient
import Core

struct RolloutWatch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Watch a rollout to its end.",
        discussion: """
            Without a number it looks at the source at once, so that what was just pushed is found, and waits for the \
            build of the newest revision before it follows the rollout. \
            Ends with 0 when the nodes are on the revision, and with 1 when it was rolled back, failed, or another \
            revision took over. With -o json or yaml only the end is printed.
            """
    )

    @OptionGroup var chosen: RolloutArguments
    @OptionGroup var limit: TimeoutOptions
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let client = try options.client()
        let number = try await number(client)
        try await RolloutEnd(client: client, task: chosen.task, rollout: number, timeout: limit.timeout)
            .run(printing: options.output)
    }
}

extension RolloutWatch {
    /// The rollout that was asked for, or else the one of the newest revision, once that is built.
    private func number(_ client: ControllerClient) async throws -> Int {
        if let rollout = chosen.rollout { return rollout }
        let task = chosen.task
        try await client.pollTask(task)
        let view = LiveView(Console.current)
        return try await Watch(timeout: limit.timeout)(for: "the build of the newest revision of \(task)") {
            let newest = try await client.listRollouts(task: task).max { $0.number < $1.number }
            guard let revision = try await client.listRevisions(task: task).max(by: { $0.number < $1.number }) else {
                throw CommandFailure(
                    "task \(task) has no revision yet: push a tag that its rule (fedops task show \(task)) matches",
                    .notFound
                )
            }
            switch revision.state {
            case .ready, .superseded:
                let isDelivered = try await client.listRollouts(task: task).contains { $0.to == revision.name }
                if isDelivered, let newest { return newest.number }
            case .failed:
                if let newest, !newest.phase.isFinal { return newest.number }
                throw CommandFailure(
                    "the build of \(revision.name) failed: \(revision.reason ?? "without a reason"); its log: "
                        + "fedops revision logs \(task) \(revision.name)"
                )
            case .queued, .building, .testing, .packing: break
            }
            let line =
                "revision " + SafeText.line("\(revision.name) (\(revision.commit.short)): \(revision.state.rawValue)")
            if options.output.format == .table { view.show([line], line: line) }
            return nil
        }
    }
}

/// Follows one rollout to its end.
struct RolloutEnd {
    let client: ControllerClient
    let task: String
    let rollout: Int
    let timeout: FlowDuration

    func run(printing output: OutputOptions) async throws {
        let console = Console.current
        let view = LiveView(console)
        let end = try await Watch(timeout: timeout)(for: "the end of rollout \(rollout)") {
            let rollout = try await client.showRollout(task: task, rollout: self.rollout)
            if output.format == .table {
                view.show(
                    RolloutPage(rollout, console).lines,
                    line: "rollout " + SafeText.line(RolloutPage.sentence(rollout))
                )
            }
            return rollout.phase.isFinal ? rollout : nil
        }
        if output.format != .table { try output.print(end) { _ in [] } }
        guard end.phase == .completed else { throw CommandFailure.silent() }
    }
}
