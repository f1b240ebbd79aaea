import API
import ArgumentParser
import ControllerClient
import Core

struct EventsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "Print what happened, to one task or to all."
    )

    @Argument(help: "A task's name; all tasks where it is left out.")
    var task: String?

    @Option(
        name: [.customShort("n"), .long],
        help: ArgumentHelp("So many events of the past, at most 1000.", valueName: "events")
    )
    var tail = 50

    @Flag(name: [.customShort("f"), .long], help: "Go on with the events to come.")
    var follow = false

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard (1...1000).contains(tail) else { throw ValidationError("--tail is 1 to 1000") }
    }

    func run() async throws {
        let client = try options.client()
        let past =
            if let task { try await client.taskEvents(task: task, limit: tail) } else {
                try await client.events(limit: tail)
            }
        guard follow else {
            return try options.output.print(Listing(past)) { console in
                var table = Table("AGE", "KIND", "TASK", "NODE", "MESSAGE*", empty: "nothing has happened yet")
                for event in past {
                    table.add(
                        .init(Measures.age(event.at, console)),
                        .init(event.kind.rawValue, event.kind == .warning ? .warning : .plain),
                        .init(event.task),
                        .init(event.node ?? "-"),
                        .init(event.message)
                    )
                }
                return table.lines(console)
            }
        }
        for event in past { try options.output.printNext(event) { Self.line(event, $0) } }
        var last = past.last?.id ?? 0
        try await Following(attempts: .max).run {
            let stream =
                if let task { client.followTaskEvents(task: task, after: last) } else {
                    client.followEvents(after: last)
                }
            for try await event in stream where event.id > last {
                last = event.id
                try options.output.printNext(event) { Self.line(event, $0) }
            }
            return false
        }
    }

    private static func line(_ event: EventView, _ console: Console) -> String {
        let time = event.at.iso8601.prefix(19) + "Z"
        let place = SafeText.line([event.task, event.node].compactMap { $0 }.joined(separator: " "))
        let message = (event.kind == .warning ? Paint.warning : .plain)(SafeText.line(event.message), console)
        return Paint.faint("\(time) \(place)", console) + " " + message
    }
}
