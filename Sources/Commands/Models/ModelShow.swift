import API
import ArgumentParser
import ControllerClient
import Core

struct ModelShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one global model: where it came from, and how good it is."
    )

    @OptionGroup var chosen: ModelArguments
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let client = try options.client()
        let model = try await client.showModel(task: chosen.task, version: try await chosen.number(client))
        try options.output.print(model) { Self.lines(model, $0) }
    }

    static func lines(_ model: ModelView, _ console: Console) -> [String] {
        var page = Page(console)
        page.field("Model", "v\(model.version) of \(model.task)" + (model.best == true ? ", the best" : ""), .strong)
        page.field("Digest", model.digest)
        page.field("Size", Measures.bytes(model.bytes))
        page.field("Revision", model.release)
        page.field("Commit", model.commit)
        page.field("Artifact", model.artifact)
        page.field("Round", "\(model.round) of run \(model.run), epoch \(model.epoch)")
        page.field("Parent", model.parent.map { "v\($0)" })
        page.field("Held by", model.node)
        page.field("Age", Measures.age(model.created, console))
        page.field("Training", Measures.metrics(model.trainMetrics))
        page.field("Evaluation", Measures.metrics(model.evaluation))
        if let metrics = model.serverEvaluation { page.field("On server", Measures.metrics(metrics)) }
        page.text("")
        let isValued = model.contributions.contains { $0.contribution != nil }
        var table = Table(
            ["CLIENT", "EXAMPLES#", "SECONDS#", "UPDATE"] + (isValued ? ["CONTRIBUTION#"] : [])
                + ["TRAINING*", "EVALUATION*"],
            empty: "no contributions"
        )
        for part in model.contributions {
            let start: [Table.Cell] = [
                .init(part.node), .init("\(part.examples)"), .init(Measures.number(part.seconds, digits: 1)),
                .init(part.update.short),
            ]
            let worth: [Table.Cell] = isValued ? [.init(Measures.contribution(part.contribution))] : []
            table.add(
                start + worth
                    + [.init(Measures.metrics(part.metrics)), .init(Measures.metrics(part.evaluation ?? [:]))]
            )
        }
        page.append(table.lines(console))
        return page.lines
    }
}

/// A task, and a global model of it.
struct ModelArguments: ParsableArguments {
    @Argument(help: "The task's name.")
    var task: String

    @Argument(
        help: ArgumentHelp("The model's version, such as 3 or v3, or best; the newest where it is left out."),
        transform: Self.version
    )
    var version: Version?

    enum Version: Sendable {
        case number(Int)
        /// By the flow's `rounds.best`.
        case best
    }

    func number(_ client: ControllerClient) async throws -> Int {
        switch version {
        case .number(let number): return number
        case .best:
            do {
                return try await client.showBestModel(task: task).version
            } catch let error as ClientError where error.status == 404 {
                throw CommandFailure(
                    "task \(task) has no best model: its flow names the metric by rounds.best, and a finished round has it",
                    .notFound
                )
            }
        case nil: break
        }
        guard let newest = try await client.listModels(task: task).map(\.version).max() else {
            throw CommandFailure("task \(task) has no global models yet: they come from finished rounds", .notFound)
        }
        return newest
    }

    private static func version(_ text: String) throws -> Version {
        if text == "best" { return .best }
        guard let version = Int(text.hasPrefix("v") ? String(text.dropFirst()) : text), version > 0 else {
            throw ValidationError("\"\(SafeText.line(text))\" is no version of a model: 3, v3 or best is")
        }
        return .number(version)
    }
}
