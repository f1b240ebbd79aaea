import API
import ArgumentParser
import ControllerClient
import Core

struct GateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gate",
        abstract: "Say whether a round may start, and if not, which node holds it and why.",
        discussion: "Ends with 0 when the gate is open, and with 1 when it is closed."
    )

    @Argument(help: "The task's name.")
    var task: String

    @Flag(help: "Wait until it is open.")
    var wait = false

    @OptionGroup var limit: TimeoutOptions
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let client = try options.client()
        let console = Console.current
        var verdict = try await client.gate(task: task)
        if wait, !verdict.open {
            let view = LiveView(console)
            verdict = try await Watch(timeout: limit.timeout)(for: "the gate of \(task) being open") {
                let verdict = try await client.gate(task: task)
                if options.output.format == .table, !verdict.open {
                    view.show(GatePage(verdict, console).lines, line: GatePage.line(verdict, console))
                }
                return verdict.open ? verdict : nil
            }
        }
        try options.output.print(GateAnswer(verdict)) { GatePage(verdict, $0).lines }
        guard verdict.open else { throw CommandFailure.silent() }
    }
}

/// The verdict with all its fields there, whatever is known: scripts find `commit` even before the first revision.
struct GateAnswer: Encodable {
    private let verdict: GateVerdict

    init(_ verdict: GateVerdict) { self.verdict = verdict }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(verdict.task, forKey: .task)
        try container.encode(verdict.open, forKey: .open)
        try container.encode(verdict.commit, forKey: .commit)
        try container.encode(verdict.digest, forKey: .digest)
        try container.encode(verdict.server, forKey: .server)
        try container.encode(verdict.clients, forKey: .clients)
        try container.encode(verdict.excluded, forKey: .excluded)
        try container.encode(verdict.reasons, forKey: .reasons)
    }

    private enum Key: CodingKey { case task, open, commit, digest, server, clients, excluded, reasons }
}
