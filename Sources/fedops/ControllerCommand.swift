import ArgumentParser
import Commands
import Controller
import Core
import Foundation
import Logging

struct ControllerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "controller",
        abstract: "Run the controller.",
        subcommands: [ControllerRun.self]
    )
}

struct ControllerRun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run the controller until it is told to stop.",
        discussion: """
            The operator's token is in operator.token in the data folder, made at the first start. SIGTERM and SIGINT \
            end it in order; nothing is lost when it is killed.
            """
    )

    @Option(
        help: ArgumentHelp(
            "Folder of the database, artifacts and mirrors; used by one controller at a time.",
            discussion:
                "Without it /var/lib/fedops/controller for root, else fedops/controller in the user's data folder.",
            valueName: "folder"
        ),
        completion: .directory
    )
    var data: String?

    @Option(help: ArgumentHelp("Where to listen; port 0 takes a free one.", valueName: "host:port"))
    var listen = ListenAddress(host: "127.0.0.1", port: 7700)

    @Option(help: ArgumentHelp("A node that hasn't reported for so long counts as offline.", valueName: "duration"))
    var lease = FlowDuration.seconds(15)

    @Option(help: ArgumentHelp("How often a node reports that nothing changed.", valueName: "duration"))
    var heartbeat = FlowDuration.seconds(5)

    @Option(help: ArgumentHelp("How often leases, deadlines and polls are looked at.", valueName: "duration"))
    var tick = FlowDuration.seconds(1)

    @Option(help: ArgumentHelp("Builds that run at one time.", valueName: "count"))
    var builds = 2

    @Flag(help: "Let tasks have repositories on this machine, by file URLs and paths.")
    var allowFileRemotes = false

    @OptionGroup var logging: LoggingOptions

    func validate() throws {
        guard heartbeat >= .init(milliseconds: 100), tick >= .init(milliseconds: 100) else {
            throw ValidationError("--heartbeat and --tick are at least 100ms")
        }
        guard lease > heartbeat else { throw ValidationError("--lease has to be longer than --heartbeat") }
        guard (1...64).contains(builds) else { throw ValidationError("--builds is 1 to 64") }
    }

    func run() async throws {
        let logger = logging.logger("controller")
        var options = ControllerOptions(
            dataFolder: data.map { URL(filePath: $0) } ?? DataFolders.controller,
            executable: try OwnBinary.path(),
            version: FedOpsVersion.current
        )
        options.host = listen.host
        options.port = listen.port
        options.lease = lease.seconds
        options.heartbeat = heartbeat.seconds
        options.tick = tick.seconds
        options.builds = builds
        options.allowFileRemotes = allowFileRemotes
        let console = Console.current
        let controller = try FedOpsController(options, logger: logger) { console.line("listening on \($0)") }
        try await ServiceRunner.run(controller, logger: logger)
    }
}

/// `host:port`; an IPv6 address is in brackets.
struct ListenAddress: ExpressibleByArgument {
    let host: String
    let port: Int

    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    init?(argument: String) {
        guard let colon = argument.lastIndex(of: ":"), let port = UInt16(argument[argument.index(after: colon)...])
        else {
            return nil
        }
        let host = argument[..<colon]
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        guard !host.isEmpty, isBracketed || !host.contains(":") else { return nil }
        self.init(host: isBracketed ? String(host.dropFirst().dropLast()) : String(host), port: Int(port))
    }

    var defaultValueDescription: String { "\(host):\(port)" }
}
