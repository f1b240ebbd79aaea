package import Foundation
import Subprocess
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A program that is run to its end with limits of time and output, in a process group of its own, of which nothing is
/// left when it has ended, however that came about.
package struct BoundedProcess: Sendable {
    package enum End: Sendable, Equatable {
        case exited(Int)
        case signaled(Int)
        /// It ran into its time limit, and was stopped.
        case timedOut
        /// It wrote more than its limit, and was stopped.
        case flooded
    }

    /// The program, by its path or a name to be found in `PATH`, and its arguments.
    package var arguments: [String]
    package var folder: URL
    /// All of it: nothing is inherited.
    package var environment: [String: String]
    package var timeout: Duration
    /// Bytes of standard output and error together.
    package var outputLimit: Int

    package init(
        _ arguments: [String],
        in folder: URL,
        environment: [String: String],
        timeout: Duration,
        outputLimit: Int = 16 << 20
    ) {
        self.arguments = arguments
        self.folder = folder
        self.environment = environment
        self.timeout = timeout
        self.outputLimit = outputLimit
    }

    /// Runs it; standard output and error go to `line` as they come.
    ///
    /// - Throws: `ArtifactError` where it could not be started, `CancellationError` once a cancelled one is gone.
    package func run(_ line: @escaping @Sendable (String) -> Void) async throws -> End {
        let end = try await withThrowingTaskGroup(of: End.self) { group in
            group.addTask { try await runToEnd(line) }
            group.addTask {
                try await ContinuousClock().sleep(for: timeout)
                return .timedOut
            }
            // The group waits for the process to be gone in any case.
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw CancellationError() }
            return first
        }
        try Task.checkCancellation()
        return end
    }

    private func runToEnd(_ line: @escaping @Sendable (String) -> Void) async throws -> End {
        let group = Atomic<Int32>(0)
        defer {
            // What the program left running in the background; its group's number can't be another's while it lives.
            let leader = group.load(ordering: .relaxed)
            if leader > 1 { kill(-leader, SIGKILL) }
        }
        let limit = outputLimit
        do {
            let result = try await Subprocess.run(
                configuration,
                input: .none,
                output: .sequence,
                error: .combinedWithOutput
            ) { execution in
                group.store(execution.processIdentifier.value, ordering: .relaxed)
                var splitter = LineSplitter()
                var total = 0
                for try await buffer in execution.standardOutput {
                    buffer.withUnsafeBytes { bytes in
                        splitter.append(bytes.prefix(limit - total), line)
                        total += min(bytes.count, limit - total + 1)
                    }
                    if total > limit { throw Flood() }
                }
                splitter.finish(line)
            }
            switch result.terminationStatus {
            case .exited(let code): return .exited(Int(code))
            case .signaled(let signal): return .signaled(Int(signal))
            }
        } catch is Flood {
            return .flooded
        } catch let error as SubprocessError {
            try Task.checkCancellation()
            throw ArtifactError("\(arguments.first ?? "") could not be run in \(folder.path): \(error)")
        }
    }

    private struct Flood: Error {}

    private var configuration: Configuration {
        var options = PlatformOptions()
        options.processGroupID = 0
        options.teardownSequence = [
            .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: .seconds(2))
        ]
        let program = arguments.first ?? ""
        var variables: [Environment.Key: String] = [:]
        for (name, value) in environment { variables[Environment.Key(stringLiteral: name)] = value }
        return Configuration(
            executable: program.contains("/") ? .path(literal(program)) : .name(program),
            arguments: Arguments(Array(arguments.dropFirst())),
            environment: .custom(variables),
            workingDirectory: literal(folder.path),
            platformOptions: options
        )
    }

    /// A `FilePath`, whose module isn't a dependency of ours.
    private func literal<Path: ExpressibleByStringLiteral>(_ text: String) -> Path
    where Path.StringLiteralType == String {
        Path(stringLiteral: text)
    }
}

extension BoundedProcess.End: CustomStringConvertible {
    /// What became of it, to follow the program's name.
    package var description: String {
        switch self {
        case .exited(let code): "ended with \(code)"
        case .signaled(let signal): "was ended by signal \(signal)"
        case .timedOut: "ran into its time limit"
        case .flooded: "wrote more than its limit"
        }
    }
}
