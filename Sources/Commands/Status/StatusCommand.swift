import API
import ArgumentParser
import ControllerClient
import Core

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show what the controller, its tasks and its nodes are doing, and what needs a look."
    )

    @Flag(name: [.customShort("w"), .long], help: "Go on showing it until interrupted.")
    var watch = false

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let client = try options.client()
        let console = Console.current
        guard watch else {
            let status = try await client.status()
            return try options.output.print(status) { StatusPage(status, $0).lines }
        }
        let view = LiveView(console)
        while true {
            let status = try await client.status()
            if options.output.format == .table, console.isTerminal {
                view.show(StatusPage(status, console).lines, line: "")
            } else {
                try options.output.printNext(status) { StatusPage(status, $0).lines.joined(separator: "\n") }
            }
            try await Task.sleep(for: .seconds(2))
        }
    }
}
