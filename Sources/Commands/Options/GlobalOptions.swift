import ArgumentParser
import ControllerClient
import Core
import Foundation

/// What every command that talks to a controller takes.
struct GlobalOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The controller's URL.",
            discussion: "Without it FEDOPS_CONTROLLER, and without that \(Self.defaultController).",
            valueName: "url"
        )
    )
    var controller: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "File that holds the operator's token.",
            discussion: """
                Without it the token itself in FEDOPS_TOKEN, then the file that FEDOPS_TOKEN_FILE names, then \
                operator.token in the data folder of a controller on this machine.
                """,
            valueName: "file"
        ),
        completion: .file()
    )
    var tokenFile: String?

    @OptionGroup var output: OutputOptions

    static let defaultController = "http://127.0.0.1:7700"

    func client() throws -> ControllerClient {
        let environment = ProcessInfo.processInfo.environment
        let url = controller ?? environment["FEDOPS_CONTROLLER"].flatMap { $0.isEmpty ? nil : $0 }
        return try ControllerClient(
            url: url ?? Self.defaultController,
            token: try TokenSource(option: tokenFile, environment: environment).token(),
            caller: nil
        )
    }
}

/// How a command prints what it has to say.
package struct OutputOptions: ParsableArguments {
    @Option(name: [.customShort("o"), .customLong("output")], help: "Form of the output.")
    var format = OutputFormat.table

    package init() {}

    /// Prints a value for programs, or the lines for people.
    package func print(_ value: some Encodable, _ lines: (Console) -> [String]) throws {
        let console = Console.current
        switch format {
        case .json: console.line(try Encoded.json(value))
        case .yaml: console.line(try Encoded.yaml(value))
        case .table: for line in lines(console) { console.line(line) }
        }
    }

    /// Prints one value of a stream: a line of JSON, a document of YAML, or a line for people.
    func printNext(_ value: some Encodable, _ line: (Console) -> String) throws {
        let console = Console.current
        switch format {
        case .json: console.line(try Encoded.jsonLine(value))
        case .yaml: console.line("---\n" + (try Encoded.yaml(value)))
        case .table: console.line(line(console))
        }
    }
}

enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case table, json, yaml
}
