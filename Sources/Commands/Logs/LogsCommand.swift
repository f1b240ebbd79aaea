import API
import ArgumentParser
import ControllerClient
import Core

struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Print what a task's workers wrote on their nodes."
    )

    @Argument(help: "The task's name.")
    var task: String

    @Option(help: "Only lines of this node.")
    var node: String?

    @Option(help: "Only lines of this stage: data, model, train, evaluate, check, prepare or manager.")
    var stage: String?

    @Option(help: "Only lines of the round with this epoch.")
    var epoch: Int?

    @Option(
        name: [.customShort("n"), .long],
        help: ArgumentHelp("So many lines of the past, at most 10000.", valueName: "lines")
    )
    var tail = 200

    @Flag(name: [.customShort("f"), .long], help: "Go on with the lines to come.")
    var follow = false

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard (1...10_000).contains(tail) else { throw ValidationError("--tail is 1 to 10000") }
    }

    func run() async throws {
        let client = try options.client()
        var filter = LogFilter(node: node, stage: stage, epoch: epoch, limit: tail)
        guard follow else {
            let lines = try await client.taskLogs(task: task, filter)
            return try options.output.print(Listing(lines)) { console in lines.map { Self.line($0, console) } }
        }
        try await Following(attempts: .max).run {
            for try await line in client.followTaskLogs(task: task, filter) {
                filter.after = line.id
                try options.output.printNext(line) { Self.line(line, $0) }
            }
            return false
        }
    }

    static func line(_ line: LogView, _ console: Console) -> String {
        let time = line.at.iso8601.dropFirst(11).prefix(8)
        let place = SafeText.line("\(line.node) \(line.stage)")
        return Paint.faint("\(time) \(place)", console) + " " + SafeText.line(line.text)
    }
}
