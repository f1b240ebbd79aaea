import Foundation
import Subprocess

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// One run of `fedops git-worker`.
struct WorkerProcess {
    struct Output: Sendable {
        /// Standard output: a `WorkerAnswer` as JSON, if it got that far.
        let answer: Data
        /// Standard error: nothing, unless it crashed.
        let notes: String
        /// `exited(0)` and the like.
        let status: String
    }

    struct DeadlinePassed: Error {}

    static let outputLimit = 64 << 20

    let executable: String
    let home: String

    /// Hands `input` over on standard input and collects both outputs. At the deadline, and when the calling task is
    /// cancelled, the process group is killed; either way the child is gone when this returns.
    func run(_ input: Data, deadline: Duration) async throws -> Output {
        Self.brokenPipesAreErrors
        let configuration = configuration
        return try await withThrowingTaskGroup(of: Output.self) { group in
            group.addTask {
                // Not as an array: when a child ends before it has read all of one, swift-subprocess 1.0 leaves the pipe
                // to a check that ends this process.
                let result = try await Subprocess.run(
                    configuration,
                    input: .inputWriter,
                    output: .bytes(limit: Self.outputLimit),
                    error: .string(limit: 1 << 20)
                ) { execution in
                    // A failure here has its cause in how the child ends, which is told below.
                    _ = try? await execution.standardInputWriter.write(Array(input))
                    try? await execution.standardInputWriter.finish()
                }
                try Task.checkCancellation()
                return Output(
                    answer: Data(result.standardOutput),
                    notes: result.standardError,
                    status: "\(result.terminationStatus)"
                )
            }
            group.addTask {
                try await ContinuousClock().sleep(for: deadline)
                throw DeadlinePassed()
            }
            // Leaving the scope waits for the cancelled tasks, so for the killed child too.
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw CancellationError() }
            return first
        }
    }

    /// Writing the request to a worker that has just died must fail, not end this process. NIO does the same wherever
    /// it runs.
    private static let brokenPipesAreErrors: Void = { _ = signal(SIGPIPE, SIG_IGN) }()

    private var configuration: Configuration {
        var options = PlatformOptions()
        options.processGroupID = 0
        // It has nothing to put in order that the next fetch doesn't: no need to ask it first.
        options.teardownSequence = [
            .send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .milliseconds(100))
        ]
        // Nothing else of ours is inherited: no proxy, no Git variable, no token of the operator's.
        var environment: [Environment.Key: String] = ["HOME": home, "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"]
        for name in ["LD_LIBRARY_PATH", "TMPDIR"] {
            if let value = ProcessInfo.processInfo.environment[name] {
                environment[Environment.Key(stringLiteral: name)] = value
            }
        }
        return Configuration(
            executable: .path(filePath(executable)),
            arguments: ["git-worker"],
            environment: .custom(environment),
            workingDirectory: filePath(home),
            platformOptions: options
        )
    }

    /// A `FilePath`, whose module isn't a dependency of ours, from its text.
    private func filePath<Path: ExpressibleByStringLiteral>(_ text: String) -> Path
    where Path.StringLiteralType == String {
        Path(stringLiteral: text)
    }
}
