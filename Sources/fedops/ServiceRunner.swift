import ArgumentParser
import Commands
import Foundation
import Logging
import ServiceLifecycle
import UnixSignals

/// Runs one service as the process: signals end it in order, and its end ends the process.
enum ServiceRunner {
    static func run(_ service: any Service, logger: Logger) async throws {
        let configuration = ServiceGroupConfiguration(
            services: [
                .init(
                    service: service,
                    successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .cancelGroup
                )
            ],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        try await ServiceGroup(configuration: configuration).run()
    }
}

/// Logs go to standard error, so that standard output is for what a command has to say.
struct LoggingOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Least severe messages that are logged.", valueName: "level"))
    var logLevel = Level.info

    enum Level: String, ExpressibleByArgument, CaseIterable {
        case trace, debug, info, notice, warning, error, critical
    }

    func logger(_ label: String) -> Logger {
        LoggingSystem.bootstrap(StreamLogHandler.standardError)
        var logger = Logger(label: label)
        logger.logLevel = Logger.Level(rawValue: logLevel.rawValue) ?? .info
        return logger
    }
}

/// The file that this process was started from.
enum OwnBinary {
    static func path() throws -> String {
        if let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") { return path }
        guard let path = Bundle.main.executablePath else {
            throw CommandFailure("the path of this binary can't be told: start it by its whole path")
        }
        return path
    }
}
