import API
import ArgumentParser
import ControllerClient
import Core

struct TaskList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "ls", abstract: "List tasks.", aliases: ["list"])

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let tasks = try await options.client().listTasks()
        try options.output.print(Listing(tasks)) { console in
            var table = Table(
                "NAME",
                "REVISION",
                "COMMIT",
                "DEPLOYS ON",
                "TAGS",
                "POLLED",
                "SOURCE*",
                empty: "no tasks; add one with: fedops task add NAME URL"
            )
            for task in tasks {
                table.add(
                    .init(task.name, .strong),
                    .init(task.target?.name ?? "-"),
                    .init(task.target?.commit.short ?? "-"),
                    .init(task.source.deployOn.rawValue),
                    .init(task.source.tags),
                    .init(Measures.age(task.source.lastPoll, console)),
                    .init(task.source.url, task.source.failure == nil ? .plain : .bad)
                )
            }
            return table.lines(console)
        }
    }
}
