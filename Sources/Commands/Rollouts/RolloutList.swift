import API
import ArgumentParser
import ControllerClient
import Core

struct RolloutList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List a task's rollouts.",
        aliases: ["list"]
    )

    @Argument(help: "The task's name.")
    var task: String

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let rollouts = try await options.client().listRollouts(task: task)
        try options.output.print(Listing(rollouts)) { console in
            var table = Table(
                "NUMBER#",
                "KIND",
                "TO",
                "FROM",
                "PHASE",
                "WAVE",
                "READY",
                "AGE",
                "TOOK",
                "REASON*",
                empty: "no rollouts of \(SafeText.line(task)) yet"
            )
            for rollout in rollouts {
                let end = rollout.ended ?? Instant(console.now())
                table.add(
                    .init("\(rollout.number)"),
                    .init(rollout.kind.rawValue),
                    .init(rollout.to, .strong),
                    .init(rollout.from ?? "-"),
                    .init(rollout.phase.rawValue, RolloutPage.paint(rollout.phase)),
                    .init("\(rollout.wave)/\(rollout.waves)"),
                    .init("\(rollout.ready.count)/\(rollout.nodes)"),
                    .init(Measures.age(rollout.started, console)),
                    .init(Measures.duration(end.seconds(since: rollout.started))),
                    .init(rollout.reason ?? "")
                )
            }
            return table.lines(console)
        }
    }
}
