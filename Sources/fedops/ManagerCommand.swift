import ArgumentParser
import Commands
import Core
import Foundation
import Logging
import Manager

struct ManagerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manager",
        abstract: "Make this machine a node, and run its manager.",
        subcommands: [ManagerJoin.self, ManagerRun.self]
    )
}

struct ManagerJoin: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "join",
        abstract: "Join a controller with a one-time token; once for each machine.",
        discussion: "The token comes from 'fedops token create'. Afterwards: fedops manager run"
    )

    @Argument(help: "The controller's URL.")
    var url: String

    @Option(help: "The token; seen by whoever lists processes, which --token-file avoids.")
    var token: String?

    @Option(help: ArgumentHelp("File that holds the token.", valueName: "file"), completion: .file())
    var tokenFile: String?

    @Option(help: "The node's name; this machine's where it is left out.")
    var name: String?

    @Option(
        name: [.customShort("l"), .long],
        help: ArgumentHelp("Label; may be repeated. Those of the token win.", valueName: "name=value")
    )
    var label: [LabelArgument] = []

    @Option(help: "The role that is expected: server or client.")
    var role: String?

    @OptionGroup var folder: ManagerFolder

    @Flag(help: "Replace an earlier registration, whose secret is lost with that.")
    var force = false

    func validate() throws {
        guard (token == nil) != (tokenFile == nil) else {
            throw ValidationError("give --token or --token-file, one of them")
        }
        guard role == nil || NodeRole(rawValue: role ?? "") != nil else {
            throw ValidationError("--role is \(NodeRole.allCases.map(\.rawValue).joined(separator: " or "))")
        }
    }

    func run() async throws {
        let join = Join(
            controller: url,
            token: try token ?? Join.token(inFile: tokenFile ?? ""),
            name: name,
            labels: LabelArgument.map(label),
            role: role.flatMap(NodeRole.init(rawValue:)),
            dataFolder: folder.url,
            force: force
        )
        let registration = try await join.run()
        let place = folder.data.map { " --data \($0)" } ?? ""
        Console.current.line(
            SafeText.line(
                "joined as node \(registration.node), role \(registration.role.rawValue); start it with: fedops manager run\(place)"
            )
        )
    }
}

struct ManagerRun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run this node's manager until it is told to stop.",
        discussion: """
            A client node dials out only. A server node's engine listens for the clients of its rounds, at --engine, and \
            tells them the URL that --advertise gives.
            """
    )

    @OptionGroup var folder: ManagerFolder

    @Option(
        help: ArgumentHelp(
            "Where the engine listens; server nodes only. Port 0 takes a free one.",
            valueName: "host:port"
        )
    )
    var engine = ListenAddress(host: "127.0.0.1", port: 0)

    @Option(
        help: ArgumentHelp(
            "The URL at which clients reach the engine, where it isn't the address it listens on.",
            valueName: "url"
        )
    )
    var advertise: String?

    @Option(
        help: ArgumentHelp("Revisions of each task that stay on disk, for an instant rollback.", valueName: "count")
    )
    var keep = 3

    @Option(
        name: [.customShort("e"), .long],
        help: ArgumentHelp("Environment for the workers; may be repeated.", valueName: "NAME=value")
    )
    var env: [String] = []

    @Option(
        help: ArgumentHelp(
            "File of experiment trackers that this server node's runs are all written to.",
            discussion: "A map with the one key trackers, as in a flow; each may name a python of its own.",
            valueName: "file.yaml"
        ),
        completion: .file()
    )
    var trackers: String?

    @Option(help: ArgumentHelp("Time that a worker may take to start.", valueName: "duration"))
    var startTimeout = FlowDuration.minutes(3)

    @OptionGroup var logging: LoggingOptions

    func validate() throws {
        guard (1...100).contains(keep) else { throw ValidationError("--keep is 1 to 100") }
        for entry in env {
            guard let equals = entry.firstIndex(of: "="), equals > entry.startIndex else {
                throw ValidationError("--env takes NAME=value, not \"\(SafeText.line(entry))\"")
            }
        }
    }

    func run() async throws {
        let logger = logging.logger("manager")
        var options = ManagerOptions(dataFolder: folder.url, version: FedOpsVersion.current)
        options.engineHost = engine.host
        options.enginePort = engine.port
        options.advertise = advertise
        options.keep = keep
        options.environment = Dictionary(
            env.map { entry in
                let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                return (parts[0], parts[1])
            }
        ) { $1 }
        options.startTimeout = startTimeout.duration
        if let trackers { options.trackers = try Self.trackers(in: trackers) }
        try await ServiceRunner.run(NodeManager(options, logger: logger), logger: logger)
    }
}

extension ManagerRun {
    private static func trackers(in file: String) throws -> [Flow.Tracker] {
        let text: String
        do {
            text = try String(contentsOf: URL(filePath: file), encoding: .utf8)
        } catch {
            throw CommandFailure("\(file) can't be read: \(error.localizedDescription)", .usage)
        }
        let (trackers, diagnostics) = Flow.Tracker.parse(yaml: text, file: file)
        guard diagnostics.isEmpty else {
            throw CommandFailure(diagnostics.map { SafeText.line($0.description) }.joined(separator: "\n"), .usage)
        }
        return trackers
    }
}

struct ManagerFolder: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Folder of all that the manager keeps; used by one manager at a time.",
            discussion: "Without it /var/lib/fedops/manager for root, else fedops/manager in the user's data folder.",
            valueName: "folder"
        ),
        completion: .directory
    )
    var data: String?

    var url: URL { data.map { URL(filePath: $0) } ?? DataFolders.manager }
}
