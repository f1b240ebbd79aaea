import Core
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

/// One Python process with the adapter in it, from its start to its end.
final class PythonWorker: Sendable {
    /// How long a process that was asked to end may take before it is killed.
    static let grace = Duration.seconds(3)

    let group = ProcessGroup()
    /// Set when the process has been reaped and nothing of its group is left.
    let ended = Latch<Ending>()

    /// Set when it is ended because a stage's result is no longer wanted.
    let wasCancelled = Latch<Bool>()

    private let channel: ControlChannel
    private let log: StageLog
    private let folder: URL

    /// Lays the adapter out in the worker's scratch folder and starts the interpreter on it.
    init(_ configuration: WorkerConfiguration, python: URL, dataFolder: URL) throws(StageFailure) {
        let token = UUID().uuidString
        let adapter = configuration.scratch.appending(path: "adapter", directoryHint: .isDirectory)
        let settings = configuration.scratch.appending(path: "worker.json")
        folder = configuration.folder
        do {
            try PrivateFolder.make(configuration.scratch)
            try PrivateFolder.make(configuration.state)
            try AdapterFiles.write(to: adapter)
            let content = AdapterConfiguration(
                token: token,
                folder: configuration.folder.path,
                path: configuration.flow.runtime.path.map { configuration.folder.appending(path: $0).path },
                task: configuration.task,
                node: configuration.node,
                role: configuration.role,
                labels: configuration.labels,
                settings: configuration.flow.settings,
                share: configuration.flow.share,
                epochs: configuration.flow.rounds.epochs,
                stages: configuration.flow.stages,
                strategy: AdapterStrategy(configuration.flow.rounds.strategy),
                dataFolder: dataFolder.path,
                stateFolder: configuration.state.path
            )
            try PrivateFolder.write(JSONEncoder().encode(content), to: settings)
        } catch {
            throw StageFailure(
                stage: "start",
                kind: .crash,
                message: "the worker's files could not be written to \(configuration.scratch.path): \(error)"
            )
        }
        let (channel, workerEnd) = try ControlChannel.pair()
        self.channel = channel
        log = StageLog(token: token, stage: "start", sink: configuration.log)

        var options = PlatformOptions()
        options.processGroupID = 0
        let process = Subprocess.Configuration(
            executable: .path(FilePath(python.path)),
            arguments: ["-u", "-X", "pycache_prefix=\(configuration.bytecode.path)", adapter.path, settings.path],
            environment: .custom(WorkerEnvironment.keyed(WorkerEnvironment.values(configuration))),
            workingDirectory: FilePath(configuration.folder.path),
            platformOptions: options
        )
        // The process outlives each call on it. It ends with `stop`, with a killed stage or by itself, and `ended`
        // tells: that is what this task is waited for by.
        Task { await self.run(process, workerEnd) }
    }

    private func run(_ process: Subprocess.Configuration, _ workerEnd: Int32) async {
        let ending: Ending
        do {
            let result = try await Subprocess.run(
                process,
                input: .fileDescriptor(FileDescriptor(rawValue: workerEnd), closeAfterSpawningProcess: true),
                output: .sequence,
                error: .sequence
            ) { execution in
                group.begin(leader: execution.processIdentifier.value)
                await withTaskGroup { pumps in
                    pumps.addTask { await self.log.pump(execution.standardOutput, .stdout) }
                    pumps.addTask { await self.log.pump(execution.standardError, .stderr) }
                }
                // Both streams end when the leader has ended; it isn't reaped before this closure returns.
                group.end()
            }
            ending = Ending(result.terminationStatus)
        } catch {
            ending = .unstarted(String(describing: error))
        }
        group.end()
        channel.close()
        ended.set(ending)
    }

    /// Sends a request and waits for its answer, its time limit or the caller's cancellation, whichever comes first.
    /// After any of the last two, and after a crash, the process is gone when this returns.
    func call(_ request: Request, stage: String, timeout: Duration) async throws(StageFailure) -> Answer {
        let drained = log.reached(mark: String(request.id))
        enum Event: Sendable {
            case answer(Answer?)
            case late, awake
        }
        let (answer, isLate) = await withTaskCancellationHandler {
            await withTaskGroup(of: Event.self) { tasks in
                tasks.addTask { .answer(await self.channel.ask(request)) }
                tasks.addTask { (try? await Task.sleep(for: timeout)) == nil ? .awake : .late }
                var isLate = false
                var answer: Answer?
                while let event = await tasks.next() {
                    switch event {
                    case .answer(let value):
                        answer = value
                        tasks.cancelAll()
                    case .late:
                        isLate = true
                        await self.abort()
                    case .awake: break
                    }
                }
                return (answer, isLate)
            }
        } onCancel: {
            wasCancelled.set(true)
            group.signal(SIGKILL)
        }
        if let answer, !isLate, !Task.isCancelled {
            // The mark is behind all that the stage printed, unless its code broke the pipes.
            _ = await drained.wait(atMost: .seconds(5))
            guard let failure = answer.failure else { return answer }
            throw StageFailure(
                stage: failure.stage,
                kind: failure.kind,
                message: failure.message,
                traceback: failure.traceback
            )
        }
        group.signal(SIGKILL)
        let ending = await ended.waitUncancelled() ?? .exited(0)
        if Task.isCancelled {
            throw StageFailure(stage: stage, kind: .cancelled, message: "cancelled; the worker was stopped")
        }
        if isLate {
            throw StageFailure(
                stage: stage,
                kind: .timeout,
                message: "still running after \(timeout.formatted(.units())); the worker was killed",
                traceback: log.tail
            )
        }
        throw StageFailure(
            stage: stage,
            kind: .crash,
            message: "the worker \(ending.text)",
            traceback: log.tail
        )
    }

    /// Ends a stage that hangs. Of SIGABRT, Python's fault handler makes a traceback on standard error.
    private func abort() async {
        group.signalLeader(SIGABRT)
        if await ended.wait(atMost: .seconds(2)) == nil { group.signal(SIGKILL) }
    }

    /// Ends the process: by request when it is idle, by SIGTERM otherwise, and by SIGKILL when it doesn't follow.
    func stop(isIdle: Bool) async {
        if isIdle {
            channel.send(Request(id: 0, operation: .stop))
        } else {
            group.signal(SIGTERM)
        }
        if isIdle, await ended.wait(atMost: Self.grace) == nil { group.signal(SIGTERM) }
        if await ended.wait(atMost: Self.grace) == nil { group.signal(SIGKILL) }
        _ = await ended.waitUncancelled()
    }
}
