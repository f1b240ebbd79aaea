import Controller
import Foundation
import Git
import Logging
import ServiceLifecycle
import UnixSignals

let arguments = Array(CommandLine.arguments.dropFirst())

if arguments.first == "git-worker" { exit(GitWorker.main()) }

/// The value that follows `name`.
func option(_ name: String) -> String? {
    arguments.firstIndex(of: name).flatMap { $0 + 1 < arguments.count ? arguments[$0 + 1] : nil }
}

guard arguments.starts(with: ["controller", "run"]), let data = option("--data") else {
    FileHandle.standardError.write(Data("usage: fedops controller run --data FOLDER [--listen HOST:PORT]\n".utf8))
    exit(64)
}

var options = ControllerOptions(
    dataFolder: URL(filePath: data),
    executable: (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        ?? CommandLine.arguments[0],
    version: "0.1.0"
)
if let listen = option("--listen"), let colon = listen.lastIndex(of: ":"), let port = Int(listen[colon...].dropFirst())
{
    options.host = String(listen[..<colon])
    options.port = port
}
options.allowFileRemotes = arguments.contains("--allow-file-remotes")
if let lease = option("--lease").flatMap(Double.init) { options.lease = lease }
if let tick = option("--tick").flatMap(Double.init) { options.tick = tick }
if let heartbeat = option("--heartbeat").flatMap(Double.init) { options.heartbeat = heartbeat }

LoggingSystem.bootstrap(StreamLogHandler.standardError)
let logger = Logger(label: "controller")
do {
    let controller = try FedOpsController(options, logger: logger) { url in
        FileHandle.standardOutput.write(Data("listening on \(url)\n".utf8))
    }
    let group = ServiceGroup(
        configuration: ServiceGroupConfiguration(
            services: [
                .init(
                    service: controller,
                    successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .cancelGroup
                )
            ],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
    )
    try await group.run()
} catch {
    FileHandle.standardError.write(Data("fedops: \(error)\n".utf8))
    exit(1)
}
