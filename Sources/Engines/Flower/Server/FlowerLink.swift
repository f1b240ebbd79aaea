import Core
import Foundation
import Logging
import Synchronization

/// One task's SuperLink on its server node, with the runner that is the ServerApp of its runs: started, watched, and
/// started again when either ends.
package final class FlowerLink: Sendable {
    /// What is there between a start and an end.
    struct Line: Sendable {
        var number: Int
        var port: Int
        var runner: RunnerProcess
    }

    private struct State {
        var starts = 0
        var line: Line?
        /// The run of Flower's that is open, and the task's run that it belongs to.
        var run: (task: Int, flower: UInt64)?
        /// Replies that nobody has taken yet, by the message that they answer.
        var replies: [String: RunnerLine] = [:]
        var trouble: String?
    }

    /// Seconds for one start of SuperLink and runner.
    private static let patience = 120.0

    let setup: FlowerSetup
    let fleet: FlowerFleet
    private let fleets: FleetRegistry
    private let logger: Logger
    private let state = Mutex(State())
    /// One round opens a run at a time.
    private let turn = Slots(1)

    /// - Parameter engine: That of this node: its listener forwards to this SuperLink while it runs.
    package init(_ setup: FlowerSetup, engine: EmbeddedEngine) {
        self.setup = setup
        fleet = FlowerFleet(task: setup.task)
        fleets = engine.fleets
        var logger = engine.logger
        logger[metadataKey: "task"] = "\(setup.task)"
        self.logger = logger
    }

    /// Keeps both alive until it is cancelled, with growing waits where they keep ending; they are gone when it returns.
    package func run() async {
        fleets.add(fleet)
        defer {
            fleets.remove(fleet)
            setup.remove()
        }
        var failures = 0
        do {
            try setup.prepare()
        } catch {
            logger.error("Flower can't be laid out", metadata: ["error": "\(error)"])
            setup.log("\(setup.folder.path): \(error)")
        }
        while !Task.isCancelled {
            let begun = ContinuousClock.now
            do {
                try await once()
            } catch {
                down("\(error)")
                guard !Task.isCancelled else { return }
                if ContinuousClock.now - begun > .seconds(60) { failures = 0 }
                failures += 1
                logger.warning("SuperLink will be started again", metadata: ["reason": "\(error)"])
                setup.log("\(error): SuperLink will be started again")
                try? await Task.sleep(for: .seconds(min(30, 0.5 * Double(1 << min(failures - 1, 6)))))
            }
        }
    }

    /// Runs both until one of them ends.
    private func once() async throws {
        let port = try LoopbackPort.free()
        let superlink = setup.program(
            "superlink",
            [
                "--insecure", "--host", "127.0.0.1", "--port", "\(port)", "--isolation", "process", "--database",
                setup.folder.appending(path: "superlink.db").path, "--superexec-auth-secret-file", setup.secret.path,
                "--disable-runtime-dependency-installation",
            ]
        )
        let runner = RunnerProcess(try setup.runner(RunnerFiles.server, port: port))
        let starting = Starting(fleet.changes)
        // Keeps SuperLink's standard input open.
        let (open, hold) = AsyncStream.makeStream(of: String.self)
        defer { hold.finish() }
        let (log, patience) = (setup.log, Self.patience)
        let take: @Sendable (String) -> Void = { line in
            // Uvicorn's words once it listens, which only our own process can say on this pipe.
            if line.contains("Uvicorn running on") { starting.isUp(.program, at: port) }
            log(line)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await superlink.run(input: open, output: take, log: take) }
            group.addTask {
                try await runner.run(
                    { line in
                        if line.event == "ready" { starting.isUp(.runner) } else { self.take(line) }
                    },
                    log: log
                )
            }
            group.addTask {
                try await starting.wait(for: .program, "SuperLink", upTo: patience)
                try await starting.wait(for: .runner, "the runner", upTo: patience)
                self.up(port, runner)
            }
            defer { group.cancelAll() }
            while try await group.next() != nil {}
        }
    }

    private func up(_ port: Int, _ runner: RunnerProcess) {
        state.withLock { state in
            state.starts += 1
            state.line = Line(number: state.starts, port: port, runner: runner)
            state.run = nil
            state.trouble = nil
        }
        logger.info("SuperLink runs", metadata: ["port": "\(port)"])
        fleet.listens(at: port)
    }

    private func down(_ why: String) {
        state.withLock { state in
            state.line = nil
            state.run = nil
            state.replies = [:]
            state.trouble = why
        }
        fleet.listens(at: nil)
    }

    // MARK: - Runs

    /// SuperLink and runner with a run of Flower's for the ticket's run, as soon as there is one.
    func open(_ ticket: Ticket, within seconds: Double) async throws -> Line {
        let line = await fleet.changes.wait(upTo: seconds) { self.state.withLock { $0.line } }
        guard let line else {
            let trouble = state.withLock { $0.trouble }
            throw EngineError("SuperLink is not running\(trouble.map { ": \($0)" } ?? "")")
        }
        try await turn.run {
            let open = state.withLock { $0.run }
            guard open?.task != ticket.run else { return }
            let control = ControlClient(port: line.port)
            if let open { await end(open.flower, control, line) }
            let run = try await control.startRun(RunnerApp.content, hash: RunnerApp.hash)
            _ = try await line.runner.ask(RunnerLine(op: "open", run: String(run), seconds: max(1, seconds)))
            state.withLock { $0.run = (ticket.run, run) }
            logger.info("Flower's run opened", metadata: ["run": "\(ticket.run)", "flower": "\(run)"])
        }
        return line
    }

    /// Ends the run that is open: what of it is still on its way is of no use any more. The next round opens another.
    func abandon() async {
        await turn.run {
            let (line, run) = state.withLock { state in
                defer { state.run = nil }
                return (state.line, state.run)
            }
            guard let line, let run else { return }
            await end(run.flower, ControlClient(port: line.port), line)
        }
    }

    private func end(_ run: UInt64, _ control: ControlClient, _ line: Line) async {
        fleet.forget()
        // The runner lets go first: what asks with the token of a stopped run is refused.
        _ = try? await line.runner.ask(RunnerLine(op: "close"))
        do {
            try await control.stopRun(run)
        } catch {
            logger.debug("Flower's run not stopped", metadata: ["flower": "\(run)", "error": "\(error)"])
        }
    }

    /// Flower's number of the run that is open.
    package var flowerRun: UInt64? { state.withLock { $0.run?.flower } }
    /// What Flower says of a run: its status and how it finished.
    package func status(ofFlowerRun run: UInt64) async throws -> (status: String, detail: String) {
        guard let line = state.withLock({ $0.line }) else { throw EngineError("SuperLink is not running") }
        return try await ControlClient(port: line.port).status(of: run)
    }
    /// The port of loopback at which SuperLink listens, while it does.
    package var port: Int? { fleet.port }
    /// The nodes whose SuperNode SuperLink has met.
    package func knows(_ node: String) -> Bool { fleet.number(of: node) != nil }

    // MARK: - Messages

    private func take(_ line: RunnerLine) {
        guard line.event == "reply", let message = line.message else { return }
        state.withLock { $0.replies[message] = line }
        fleet.changes.wake()
    }

    /// The reply to a message, once, where it has come.
    func reply(to message: String) -> RunnerLine? { state.withLock { $0.replies.removeValue(forKey: message) } }

    func isCurrent(_ line: Line) -> Bool { state.withLock { $0.line?.number == line.number } }

    /// The round is over: what comes of it from now on is thrown away.
    func drop(_ messages: [String], of line: Line) async {
        guard isCurrent(line) else { return }
        _ = try? await line.runner.ask(RunnerLine(op: "drop", dropped: messages))
        let late = state.withLock { state in messages.compactMap { state.replies.removeValue(forKey: $0) } }
        for reply in late { reply.file.map { try? FileManager.default.removeItem(atPath: $0) } }
        fleet.forget()
    }
}
