import Foundation
import Subprocess

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// One run of a program in its own process group, which ends with the manager even when that is killed.
struct CommandProcess: Sendable {
    var stage: String
    var arguments: [String]
    var folder: URL
    var environment: [String: String]
    var timeout: Duration
    var log: @Sendable (WorkerLogLine) -> Void

    /// The shell's standard input is a pipe that nothing is written to: it ends with the manager, and a reader that
    /// waits for that then kills the group. The program itself reads from nowhere. The shell outlives SIGTERM, so that
    /// the program may end by itself within the time that it is given.
    private static let guardian = """
        exec 3<&0 </dev/null
        "$@" 3<&- &
        child=$!
        (trap '' TERM; read -r line <&3; kill -KILL 0) >/dev/null 2>&1 &
        exec 3<&-
        trap : TERM
        while :; do
          wait "$child"
          code=$?
          kill -0 "$child" 2>/dev/null || exit "$code"
        done
        """

    private enum Event: Sendable { case ended, late, awake }

    /// Runs it to its end. A status other than 0 is a failure, with the last lines of its standard error.
    func run(in group: ProcessGroup) async throws(StageFailure) {
        let log = StageLog(token: UUID().uuidString, stage: stage, sink: self.log)
        let ended = Latch<Ending>()
        // With a throwing closure or a cancelled task, Subprocess would only tear down what it knows of: the run has a
        // task of its own that is always waited for, and is ended through its process group.
        Task { ended.set(await launch(group, log)) }
        let isLate = await withTaskCancellationHandler {
            await withTaskGroup(of: Event.self) { tasks in
                tasks.addTask {
                    _ = await ended.waitUncancelled()
                    return .ended
                }
                tasks.addTask { (try? await Task.sleep(for: timeout)) == nil ? .awake : .late }
                var isLate = false
                while let event = await tasks.next() {
                    switch event {
                    case .ended: tasks.cancelAll()
                    case .late:
                        isLate = true
                        group.signal(SIGTERM)
                        if await ended.wait(atMost: PythonWorker.grace) == nil { group.signal(SIGKILL) }
                    case .awake: break
                    }
                }
                return isLate
            }
        } onCancel: {
            group.signal(SIGKILL)
        }
        let ending = ended.current ?? .exited(0)
        if Task.isCancelled {
            throw StageFailure(stage: stage, kind: .cancelled, message: "cancelled; the command was stopped")
        }
        if isLate {
            throw failure(.timeout, "still running after \(timeout.formatted(.units())); the command was killed", log)
        }
        switch ending {
        case .exited(0): return
        case .exited: throw failure(.exception, "the command \(ending.text)", log)
        case .signalled, .unstarted: throw failure(.crash, "the command \(ending.text)", log)
        }
    }

    private func launch(_ group: ProcessGroup, _ log: StageLog) async -> Ending {
        defer { group.end() }
        var options = PlatformOptions()
        options.processGroupID = 0
        do {
            let result = try await Subprocess.run(
                .path(FilePath("/bin/sh")),
                arguments: Arguments(["-c", Self.guardian, "sh"] + arguments),
                environment: .custom(WorkerEnvironment.keyed(environment)),
                workingDirectory: FilePath(folder.path),
                platformOptions: options,
                input: .inputWriter,
                output: .sequence,
                error: .sequence
            ) { execution in
                group.begin(leader: execution.processIdentifier.value)
                await withTaskGroup { pumps in
                    pumps.addTask { await log.pump(execution.standardOutput, .stdout) }
                    pumps.addTask { await log.pump(execution.standardError, .stderr) }
                }
                group.end()
            }
            return switch result.terminationStatus {
            case .exited(let code): Ending(shellStatus: code)
            case .signaled(let signal): .signalled(signal)
            }
        } catch {
            return .unstarted(String(describing: error))
        }
    }

    /// As the flow has it.
    private var line: String {
        (arguments.starts(with: ["/bin/sh", "-c"]) ? Array(arguments.dropFirst(2)) : arguments).joined(separator: " ")
    }

    private func failure(_ kind: StageFailure.Kind, _ message: String, _ log: StageLog) -> StageFailure {
        StageFailure(
            stage: stage,
            kind: kind,
            message: "\(message): \(line)",
            traceback: log.tail
        )
    }
}
