import API
import ArgumentParser
import ControllerClient
import Core

struct ModelList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List a task's global models.",
        aliases: ["list"]
    )

    @Argument(help: "The task's name.")
    var task: String

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let models = try await options.client().listModels(task: task)
        try options.output.print(Listing(models)) { console in
            var table = Table(
                "VERSION",
                "ROUND#",
                "REVISION",
                "COMMIT",
                "PARENT",
                "CLIENTS#",
                "EXAMPLES#",
                "SIZE#",
                "AGE",
                "EVALUATION*",
                empty: "no global models of \(SafeText.line(task)) yet; they come from finished rounds"
            )
            for model in models {
                table.add(
                    .init("v\(model.version)" + (model.best == true ? " best" : ""), .strong),
                    .init("\(model.round)"),
                    .init(model.release),
                    .init(model.commit.short),
                    .init(model.parent.map { "v\($0)" } ?? "-"),
                    .init("\(model.contributions.count)"),
                    .init("\(model.contributions.map(\.examples).reduce(0, +))"),
                    .init(Measures.bytes(model.bytes)),
                    .init(Measures.age(model.created, console)),
                    .init(Measures.metrics(model.evaluation, server: model.serverEvaluation))
                )
            }
            return table.lines(console)
        }
    }
}
