package import Foundation
package import Subprocess
import Synchronization

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// FedOps processes on this machine: started under a name, killed and started again, and stopped together.
///
/// The demo shows the product with it, and the end-to-end tests break the product with it.
package final class LocalFleet: Sendable {
    private struct Member {
        var arguments: [String]
        var pid: ProcessIdentifier?
        var ended: String?
        /// Counts the starts under this name.
        var start = 0
    }

    private struct Launch: Sendable {
        var name: String
        var start: Int
        var arguments: [String]
    }

    private let executable: String
    private let folder: URL
    private let environment: [String: String]
    private let launches: AsyncStream<Launch>.Continuation
    private let members = Mutex<[String: Member]>([:])

    private init(
        executable: String,
        folder: URL,
        environment: [String: String],
        launches: AsyncStream<Launch>.Continuation
    ) {
        self.executable = executable
        self.folder = folder
        self.environment = environment
        self.launches = launches
    }

    /// Gives `body` a fleet, and stops all of its processes when `body` is over, however it ends.
    ///
    /// - Parameters:
    ///   - executable: The `fedops` binary.
    ///   - folder: Where each process gets a log, `<name>.log`.
    ///   - environment: What is set, or changed, in the processes' environment.
    package static func run<Result: Sendable>(
        executable: String,
        folder: URL,
        environment: [String: String] = [:],
        _ body: @Sendable (LocalFleet) async throws -> Result
    ) async throws -> Result {
        let (stream, continuation) = AsyncStream<Launch>.makeStream()
        let fleet = LocalFleet(
            executable: executable,
            folder: folder,
            environment: environment,
            launches: continuation
        )
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await withDiscardingTaskGroup { processes in
                    for await launch in stream { processes.addTask { await fleet.attend(launch) } }
                }
            }
            do {
                let result = try await body(fleet)
                group.cancelAll()
                return result
            } catch {
                group.cancelAll()
                throw error
            }
        }
    }

    /// Where the process `name` writes its output.
    package func log(of name: String) -> URL { folder.appending(path: "\(name).log") }

    /// Starts `fedops` with these arguments, or with those of the last start under this name.
    package func start(_ name: String, _ arguments: [String]? = nil) async throws {
        let launch = try members.withLock { members in
            var member = members[name] ?? Member(arguments: [])
            guard member.pid == nil else { throw FleetError("\(name) is running already") }
            member.arguments = arguments ?? member.arguments
            member.ended = nil
            member.start += 1
            members[name] = member
            return Launch(name: name, start: member.start, arguments: member.arguments)
        }
        launches.yield(launch)
        try await wait(for: "\(name) to start", within: .seconds(30)) {
            member(name).map { $0.pid != nil || $0.ended != nil } ?? false
        }
    }

    /// Sends the signal to the process, and returns once it is gone.
    package func stop(_ name: String, signal: Signal, within limit: Duration = .seconds(60)) async throws {
        guard let pid = member(name)?.pid else { throw FleetError("\(name) isn't running") }
        _ = kill(pid.value, signal.rawValue)
        try await wait(for: "\(name) (process \(pid.value)) to end", within: limit) { member(name)?.pid == nil }
    }

    /// Names and process ids of what is running.
    package var running: [String: Int] {
        members.withLock { $0.compactMapValues { $0.pid.map { Int($0.value) } } }
    }

    /// How the process of this name ended by itself or by a signal; `nil` while it runs.
    package func end(of name: String) -> String? { member(name)?.ended }

    private func member(_ name: String) -> Member? { members.withLock { $0[name] } }

    /// Waits for a condition that other tasks of this process bring about.
    private func wait(for what: String, within limit: Duration, _ condition: () -> Bool) async throws {
        let deadline = ContinuousClock.now + limit
        while !condition() {
            guard ContinuousClock.now < deadline else { throw FleetError("waited \(limit) in vain for \(what)") }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    private func attend(_ launch: Launch) async {
        let how: String
        do {
            let log = try FileDescriptor.open(
                FilePath(log(of: launch.name).path),
                .writeOnly,
                options: [.create, .append],
                permissions: [.ownerReadWrite, .groupRead, .otherRead]
            )
            defer { try? log.close() }
            var options = PlatformOptions()
            // A session of its own: Ctrl-C in the terminal reaches the demo alone, which then stops them in order.
            options.createSession = true
            options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: .seconds(10))]
            let result = try await Subprocess.run(
                .path(FilePath(executable)),
                arguments: Arguments(launch.arguments),
                environment: .inherit.updating(
                    Dictionary(uniqueKeysWithValues: environment.map { (.init(stringLiteral: $0.key), $0.value) })
                ),
                platformOptions: options,
                input: .none,
                output: .fileDescriptor(log, closeAfterSpawningProcess: false),
                error: .fileDescriptor(log, closeAfterSpawningProcess: false)
            ) { execution in
                members.withLock { $0[launch.name]?.pid = execution.processIdentifier }
            }
            how = "\(result.terminationStatus)"
        } catch {
            how = "\(error)"
        }
        members.withLock { members in
            guard members[launch.name]?.start == launch.start else { return }
            members[launch.name]?.pid = nil
            members[launch.name]?.ended = how
        }
    }
}

package struct FleetError: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
