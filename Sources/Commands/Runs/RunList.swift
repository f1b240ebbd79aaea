import API
import ArgumentParser
import ControllerClient
import Core

struct RunList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List a task's runs.",
        aliases: ["list"]
    )

    @Argument(help: "The task's name.")
    var task: String

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let runs = try await options.client().listRuns(task: task)
        try options.output.print(Listing(runs)) { console in
            var table = Table(
                "NUMBER#",
                "STATUS",
                "REVISION",
                "COMMIT",
                "ROUNDS",
                "CONTINUES",
                "AGE",
                "REASON*",
                empty: "no runs of \(SafeText.line(task)) yet; start one with: fedops run start \(SafeText.line(task))"
            )
            for run in runs {
                table.add(
                    .init("\(run.number)"),
                    .init(run.status.rawValue, RunPage.paint(run.status)),
                    .init(run.revision ?? "-"),
                    .init(run.commit?.short ?? "-"),
                    .init("\(run.done)/\(run.goal)"),
                    .init(run.continues.map(String.init) ?? "-"),
                    .init(Measures.age(run.started, console)),
                    .init(run.reason ?? "")
                )
            }
            return table.lines(console)
        }
    }
}
