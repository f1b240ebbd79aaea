import Core
import Foundation
import Subprocess

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// Reads a project in a Python of its own, in isolated mode: nothing of the project, its environment or its
/// `sitecustomize` is imported, and nothing is written.
struct ProjectLook {
    static let mostFiles = 5000
    static let seconds = 10
    private static let mostOutput = 64 << 20

    /// A path, or a name to be found in `PATH`.
    let python: String

    func read(_ folder: URL) async throws -> ProjectFacts {
        let output = try await LookFiles.with { files in
            try await Self.run(
                python,
                ["-I", "-B", files.path, folder.path, "\(Self.mostFiles)", "\(Self.seconds)"],
                within: .seconds(Self.seconds + 20),
                limit: Self.mostOutput
            )
        }
        guard output.status.isSuccess else {
            throw CommandFailure(
                "\(python) could not read \(folder.path) (\(output.status)): \(output.error.suffix(2000))"
                    + "\nname a Python 3.8 or later by --python"
            )
        }
        do {
            return try JSONDecoder().decode(ProjectFacts.self, from: Data(output.out.utf8))
        } catch {
            throw CommandFailure("\(python) gave what can't be read of \(folder.path): \(error)")
        }
    }

    struct Output {
        var status: TerminationStatus
        var out: String
        var error: String

        var isSuccess: Bool { status.isSuccess }
    }

    /// Runs a program to its end, in a process group of its own that is killed at the time limit.
    static func run(_ program: String, _ arguments: [String], within limit: Duration, limit bytes: Int) async throws
        -> Output
    {
        var options = PlatformOptions()
        options.processGroupID = 0
        options.teardownSequence = [
            .send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .seconds(1))
        ]
        let configuration = Configuration(
            executable: program.contains("/") ? .path(FilePath(program)) : .name(program),
            arguments: Arguments(arguments),
            environment: .inherit,
            platformOptions: options
        )
        do {
            return try await withThrowingTaskGroup(of: Output?.self) { group in
                group.addTask {
                    let result = try await Subprocess.run(
                        configuration,
                        input: .none,
                        output: .string(limit: bytes),
                        error: .string(limit: 1 << 20)
                    )
                    return Output(
                        status: result.terminationStatus,
                        out: result.standardOutput,
                        error: result.standardError
                    )
                }
                group.addTask {
                    try await Task.sleep(for: limit)
                    return nil
                }
                defer { group.cancelAll() }
                guard let first = try await group.next(), let output = first else {
                    throw CommandFailure("\(program) took longer than \(limit.components.seconds) seconds")
                }
                return output
            }
        } catch let error as CommandFailure {
            throw error
        } catch {
            throw CommandFailure(
                "\(program) can't be run: \(error)\ninstall Python 3 (apt-get install python3), or name one by --python",
                .usage
            )
        }
    }
}
