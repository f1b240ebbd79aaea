package import Core
import Foundation
import Synchronization

/// Runs the stages of one activated revision, in a process that stays warm between rounds.
///
/// Stages that are functions run in one Python process; data and model are made in it once. Stages that are commands
/// run as processes of their own. Stages run one at a time: a call waits for the one before it. Cancelling the task
/// that awaits a stage kills the worker with all that it started; after that, after a timeout and after a crash,
/// ``start(timeout:)`` makes it usable again.
package final class FlowWorker: Sendable {
    struct State {
        var python: PythonWorker?
        /// Set when the worker stops being usable: nil inside for a stop that was asked for, else why.
        var ended = Latch<String?>()
        var isStarted = false
        var starts = 0
        var requests = 0
        /// Whether the data stage, as a command, has run since the start.
        var hasData = false
        /// The stage that runs now.
        var stage: String?
        /// What of the node the data stage is given.
        var dataTakes: [String] = []
        /// The client that is played, where it isn't the configuration's own.
        var played: PlayedClient?
        /// The group of the command that runs now.
        var command: ProcessGroup?
    }

    package let configuration: WorkerConfiguration
    let state = Mutex(State())
    let turn = Turn()

    package init(_ configuration: WorkerConfiguration) {
        self.configuration = configuration
    }

    /// Starts the process, imports the entry points and holds what they take against what they can be given.
    ///
    /// The data stage runs here only when nothing else tells which names it gives. A worker that runs already is
    /// stopped first.
    package func start(timeout: Duration) async throws(StageFailure) {
        await stop()
        do {
            try PrivateFolder.make(configuration.scratch)
            if FileManager.default.fileExists(atPath: dataFolder.path) {
                try FileManager.default.removeItem(at: dataFolder)
            }
            try PrivateFolder.make(dataFolder)
        } catch {
            throw StageFailure(stage: "start", kind: .crash, message: "\(configuration.scratch.path): \(error)")
        }
        let commands = Flow.StageName.allCases.compactMap { name in
            configuration.flow.stages[name].command.map { (name.rawValue, $0) }
        }
        for (stage, command) in commands { _ = try program(of: command, stage: stage) }
        var python: PythonWorker?
        if commands.count < Flow.StageName.allCases.count {
            guard let interpreter = configuration.python else {
                throw StageFailure(
                    stage: "start",
                    kind: .invalid,
                    message: "a stage is a function, and there is no Python to call it: set runtime.kind to python"
                )
            }
            python = try PythonWorker(configuration, python: interpreter, dataFolder: dataFolder)
        }
        let ended = Latch<String?>()
        state.withLock { state in
            state.python = python
            state.ended = ended
            state.isStarted = true
            state.starts += 1
            state.hasData = false
            state.played = nil
        }
        guard let python else { return }
        // Lives as long as the process, and is what tells `waitForExit` of its end.
        Task {
            let ending = await python.ended.waitUncancelled()
            self.state.withLock { state in
                guard state.python === python else { return }
                state.isStarted = false
            }
            ended.set(python.wasCancelled.current == true ? nil : ending.map { "the worker \($0.text)" })
        }
        do {
            let answer = try await call(stage: "start", timeout: timeout) { Request(id: $0, operation: .load) }
            state.withLock { $0.dataTakes = answer.dataTakes ?? [] }
        } catch {
            await stop()
            throw error
        }
    }

    /// Ends the worker: gracefully, then by SIGTERM, then by SIGKILL, always with its whole process group.
    package func stop() async {
        let (python, ended, command) = state.withLock { state in
            defer {
                state.python = nil
                state.isStarted = false
            }
            return (state.python, state.ended, state.command)
        }
        // Who waits for the exit hears that it was asked for.
        ended.set(nil)
        if let command { command.signal(SIGTERM) }
        if let python { await python.stop(isIdle: !turn.isTaken) }
    }

    package var facts: WorkerFacts {
        let (isStarted, python, starts, command) = state.withLock {
            ($0.isStarted, $0.python, $0.starts, $0.command)
        }
        let pid = (python?.group.leader ?? command?.leader).map(Int.init)
        let name =
            switch (isStarted, python) {
            case (true, _): turn.isTaken ? "busy" : "idle"
            case (false, .some): "crashed"
            case (false, nil): "stopped"
            }
        return WorkerFacts(
            state: name,
            pid: pid,
            restarts: max(0, starts - 1),
            memoryBytes: pid.flatMap(ResidentMemory.bytes)
        )
    }

    /// Waits until the process ends by itself and returns why; nil when it was stopped, when its stage was cancelled, when
    /// it wasn't started, or when the task is cancelled. A worker of commands alone has no process that could end.
    package func waitForExit() async -> String? {
        let (ended, isStarted, python) = state.withLock { ($0.ended, $0.isStarted, $0.python) }
        guard isStarted || python != nil else { return nil }
        return await ended.wait() ?? nil
    }

    /// Where a data stage that is a command leaves its files for the later stages.
    var dataFolder: URL { configuration.scratch.appending(path: "data", directoryHint: .isDirectory) }

    /// The stage that runs at this moment.
    package var stage: String? { state.withLock { $0.stage } }

    func enter(_ stage: String?) { state.withLock { $0.stage = stage } }

    static func stopped(_ stage: String) -> StageFailure {
        StageFailure(stage: stage, kind: .cancelled, message: "the worker was stopped")
    }

    /// Sends one request to the Python process, under a new number.
    func call(
        stage: String,
        timeout: Duration,
        _ request: (Int) -> Request
    ) async throws(StageFailure) -> Answer {
        let (python, id) = state.withLock { state -> (PythonWorker?, Int) in
            state.requests += 1
            return (state.isStarted ? state.python : nil, state.requests)
        }
        guard let python else {
            throw StageFailure(stage: stage, kind: .crash, message: "the worker isn't running; start it first")
        }
        let outcome = await turn.take { () async -> Result<Answer, StageFailure> in
            enter(stage)
            defer { enter(nil) }
            do throws(StageFailure) {
                return .success(try await python.call(request(id), stage: stage, timeout: timeout))
            } catch {
                let wasStopped = error.kind == .crash && state.withLock { $0.python !== python }
                return .failure(wasStopped ? Self.stopped(stage) : error)
            }
        }
        guard let outcome else {
            throw StageFailure(stage: stage, kind: .cancelled, message: "cancelled before the stage began")
        }
        return try outcome.get()
    }
}
