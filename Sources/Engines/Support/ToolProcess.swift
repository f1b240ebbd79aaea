import Artifacts
import Foundation
import Subprocess
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A Python program that works for the engine, such as SuperLink or a tracker's, in a process group of its own. It ends
/// when its standard input does, and so with this process, however that ends.
struct ToolProcess: Sendable {
    var name: String
    var python: URL
    var arguments: [String]
    var folder: URL
    /// All of it: nothing is inherited.
    var environment: [String: String]

    /// The longest line of output that is taken whole.
    private static let longestLine = 4 << 20

    /// Runs it to its end, which cancelling brings about.
    ///
    /// - Parameters:
    ///   - input: Lines for its standard input, which ends with them.
    ///   - output: Takes each line of its standard output, as it comes; like `log`, which takes standard error.
    /// - Throws: `EngineError` that says how it ended, since none of these ends by itself.
    func run(
        input: AsyncStream<String>,
        output: @escaping @Sendable (String) -> Void,
        log: @escaping @Sendable (String) -> Void
    ) async throws {
        let group = Atomic<Int32>(0)
        defer {
            let leader = group.load(ordering: .relaxed)
            if leader > 1 { kill(-leader, SIGKILL) }
        }
        let ending: String
        do {
            let result = try await Subprocess.run(
                configuration,
                input: .inputWriter,
                output: .sequence,
                error: .sequence
            ) { execution in
                group.store(execution.processIdentifier.value, ordering: .relaxed)
                await withTaskGroup(of: Void.self) { tasks in
                    tasks.addTask {
                        for await line in input {
                            guard (try? await execution.standardInputWriter.write(line + "\n")) != nil else { return }
                        }
                        // Told at once: what comes after it is waited for.
                        try? await execution.standardInputWriter.finish()
                    }
                    tasks.addTask { await Self.pump(execution.standardError, log) }
                    await Self.pump(execution.standardOutput, output)
                    tasks.cancelAll()
                }
            }
            ending =
                switch result.terminationStatus {
                case .exited(let code): "ended with \(code)"
                case .signaled(let signal): "was ended by signal \(signal)"
                }
        } catch {
            try Task.checkCancellation()
            throw EngineError("\(name) could not be run: \(error)")
        }
        try Task.checkCancellation()
        throw EngineError("\(name) \(ending)")
    }

    private static func pump(_ bytes: SubprocessOutputSequence, _ line: @Sendable (String) -> Void) async {
        var splitter = LineSplitter(limit: longestLine)
        do {
            for try await buffer in bytes {
                buffer.withUnsafeBytes { splitter.append($0, line) }
            }
        } catch {
            // What is left of the output can't be had; the process's end tells more.
        }
        splitter.finish(line)
    }

    private var configuration: Configuration {
        var options = PlatformOptions()
        options.processGroupID = 0
        options.teardownSequence = [
            .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: .milliseconds(500))
        ]
        var variables: [Environment.Key: String] = [:]
        for (name, value) in environment { variables[Environment.Key(stringLiteral: name)] = value }
        return Configuration(
            executable: .path(literal(python.path)),
            arguments: Arguments(arguments),
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
