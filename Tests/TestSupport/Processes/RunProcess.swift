package import Foundation
import Subprocess

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What a finished process left behind.
package struct ProcessOutput: Sendable {
    /// The exit code, or minus the signal that ended it.
    package let status: Int
    package let stdout: String
    package let stderr: String
}

/// A program that ended otherwise than a test needs it to.
package struct ProcessFailed: Error, CustomStringConvertible {
    package let description: String

    package init(description: String) { self.description = description }
}

/// Runs a program to its end and gives its output, whatever its status.
///
/// `program` is a name to be found in `PATH`, or a path. Its whole process group is killed at the deadline. A `nil` in
/// `environment` removes the variable; the rest is inherited.
@discardableResult
package func runProcess(
    _ program: String,
    _ arguments: [String] = [],
    in folder: URL? = nil,
    environment: [String: String?] = [:],
    input: Data = Data(),
    timeout: Duration = .seconds(120)
) async throws -> ProcessOutput {
    let configuration = configuration(program, arguments, in: folder, environment: environment)
    let bytes = Array(input)
    let what = ([program] + arguments).joined(separator: " ")
    return try await within(timeout, what) {
        let result = try await run(
            configuration,
            input: .inputWriter,
            output: .bytes(limit: 64 << 20),
            error: .bytes(limit: 64 << 20)
        ) { execution in
            // A program may end without reading all of it; `.array` would end the tests' process then.
            _ = try? await execution.standardInputWriter.write(bytes)
            try? await execution.standardInputWriter.finish()
        }
        return ProcessOutput(
            status: result.terminationStatus.code,
            stdout: String(decoding: result.standardOutput, as: UTF8.self),
            stderr: String(decoding: result.standardError, as: UTF8.self)
        )
    }
}

/// Runs a program that must succeed and gives its standard output, without the last line's end.
@discardableResult
package func requireProcess(
    _ program: String,
    _ arguments: [String] = [],
    in folder: URL? = nil,
    environment: [String: String?] = [:],
    input: Data = Data(),
    timeout: Duration = .seconds(120)
) async throws -> String {
    let output = try await runProcess(
        program,
        arguments,
        in: folder,
        environment: environment,
        input: input,
        timeout: timeout
    )
    guard output.status == 0 else {
        throw ProcessFailed(
            description: "\(([program] + arguments).joined(separator: " ")) ended with \(output.status): "
                + output.stderr + output.stdout
        )
    }
    return output.stdout.hasSuffix("\n") ? String(output.stdout.dropLast()) : output.stdout
}

func configuration(
    _ program: String,
    _ arguments: [String],
    in folder: URL?,
    environment: [String: String?]
) -> Configuration {
    brokenPipesAreErrors
    var options = PlatformOptions()
    options.processGroupID = 0
    options.teardownSequence = [
        .send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .seconds(1))
    ]
    var changes: [Environment.Key: String?] = [:]
    for (name, value) in environment { changes[Environment.Key(stringLiteral: name)] = .some(value) }
    return Configuration(
        executable: program.contains("/") ? .path(literal(program)) : .name(program),
        arguments: Arguments(arguments),
        environment: .inherit.updating(changes),
        workingDirectory: folder.map { literal($0.path) },
        platformOptions: options
    )
}

/// Writing to a program that has ended must fail the test, not end the tests' process.
private let brokenPipesAreErrors: Void = { _ = signal(SIGPIPE, SIG_IGN) }()

/// A `FilePath` made without its module, which isn't a dependency of ours.
private func literal<Path: ExpressibleByStringLiteral>(_ text: String) -> Path where Path.StringLiteralType == String {
    Path(stringLiteral: text)
}

extension TerminationStatus {
    /// The exit code, or minus the signal.
    var code: Int {
        switch self {
        case .exited(let code): Int(code)
        case .signaled(let signal): -Int(signal)
        }
    }
}
