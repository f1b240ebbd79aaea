package import AsyncHTTPClient
package import Core
package import FlowRunner
package import Foundation
package import Logging
import Synchronization

/// One task's SuperNode on a client node, with the runner that takes its messages to this manager: started, watched, and
/// started again when one of them ends.
///
/// SuperNode knows only a port of this machine: the forwarder there adds what proves this node to the server node.
package final class FlowerNode: Sendable {
    private struct State {
        /// The ticket in hand.
        var round: FlowerRound?
        /// What the node proves itself with: the key of its newest ticket.
        var pass: FleetPass?
    }

    private static let patience = 120.0
    /// Seconds without a byte after which an exchange with the engine is given up and tried again.
    private static let idle = 60.0
    /// Seconds for which a message may be here before its ticket: the server node learns of it at about the same time.
    private static let admission = 10.0

    let setup: FlowerSetup
    let http: HTTPClient
    let logger: Logger
    private let now: @Sendable () -> Instant
    private let state = Mutex(State())
    let changes = Broadcast()

    /// - Parameters:
    ///   - httpClient: To reach the server node; its `read` timeout has to be longer than an engine holds a request open.
    ///   - now: The controller's clock, against which the deadlines of tickets count.
    package init(
        _ setup: FlowerSetup,
        httpClient: HTTPClient,
        logger: Logger,
        now: @escaping @Sendable () -> Instant
    ) {
        self.setup = setup
        http = httpClient
        self.logger = logger
        self.now = now
    }

    /// Keeps both alive until it is cancelled, with growing waits where they keep ending; they are gone when it returns.
    package func run() async {
        defer { setup.remove() }
        var failures = 0
        while !Task.isCancelled {
            let begun = ContinuousClock.now
            do {
                try setup.prepare()
                try await once()
            } catch {
                guard !Task.isCancelled else { return }
                if ContinuousClock.now - begun > .seconds(60) { failures = 0 }
                failures += 1
                logger.warning("SuperNode will be started again", metadata: ["reason": "\(error)"])
                setup.log("\(error): SuperNode will be started again")
                try? await Task.sleep(for: .seconds(min(30, 0.5 * Double(1 << min(failures - 1, 6)))))
            }
        }
    }

    private func once() async throws {
        let port = try LoopbackPort.free()
        let runner = RunnerProcess(try setup.runner(RunnerFiles.client, port: port))
        let starting = Starting(changes)
        let (open, hold) = AsyncStream.makeStream(of: String.self)
        defer { hold.finish() }
        let (setup, patience) = (setup, Self.patience)
        let take: @Sendable (String) -> Void = { line in
            // Uvicorn's words once it listens, which only our own process can say on these pipes.
            if line.contains("Uvicorn running on") { starting.isUp(.program, at: port) }
            setup.log(line)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                let forwarder = FleetForwarder(node: self) { runner.tell(RunnerLine(op: "look")) }
                try await forwarder.run { starting.isUp(.forwarder, at: $0) }
                throw EngineError("the way to the server node has ended")
            }
            group.addTask {
                let local = try await starting.wait(for: .forwarder, "the way to the server node", upTo: patience)
                let supernode = setup.program(
                    "supernode",
                    [
                        "--insecure", "--superlink", "127.0.0.1:\(local)", "--host", "127.0.0.1", "--port", "\(port)",
                        "--isolation", "process", "--superexec-auth-secret-file", setup.secret.path, "--node-config",
                        "fedops-node=\"\(setup.node)\"",
                    ]
                )
                try await supernode.run(input: open, output: take, log: take)
            }
            group.addTask { try await runner.run({ self.take($0, from: runner) }, log: setup.log) }
            group.addTask {
                try await starting.wait(for: .program, "SuperNode", upTo: patience)
                // Before this the runner would only knock in vain.
                runner.tell(RunnerLine(op: "look"))
            }
            defer { group.cancelAll() }
            while try await group.next() != nil {}
        }
    }

    // MARK: - Tickets

    /// Does one ticket's work: every stage that the server node asks for in its round, one after the other. Returns when
    /// this node's part is done, or when the round is over without it.
    ///
    /// - Parameters:
    ///   - key: `TicketKeys.client` of this node, as the controller hands it out with the ticket.
    ///   - check: The node's own half of the gate, asked right before each stage.
    /// - Throws: `StageFailure` and `TicketRefusal`, which the engine was told of; `EngineError` for what else went
    ///   wrong; `CancellationError`, with the stage's process gone.
    package func take(
        part ticket: Ticket,
        key: String,
        worker: FlowWorker,
        scratch: URL,
        check: @escaping @Sendable () throws(TicketRefusal) -> Void
    ) async throws {
        let round = FlowerRound(
            RoundSession(
                http: http,
                ticket: ticket,
                node: setup.node,
                key: key,
                logger: logger,
                now: now,
                idle: Self.idle
            ),
            worker: worker,
            folder: try ParticipantFolder(scratch: scratch, epoch: ticket.epoch),
            outgoing: setup.models,
            check: check
        )
        state.withLock { state in
            state.round = round
            state.pass = FleetPass(ticket: ticket, key: key, node: setup.node)
        }
        changes.wake()
        defer {
            state.withLock { state in
                if state.round === round { state.round = nil }
            }
            round.close("node \(setup.node) has put the ticket of epoch \(ticket.epoch) down")
        }
        do {
            try await round.run()
        } catch let closed as RoundClosed {
            logger.info("round is over for this node", metadata: ["reason": "\(closed.why)"])
        }
    }

    /// What the node proves itself with, as soon as it has any of an epoch later than `epoch`.
    func pass(after epoch: Int?, upTo seconds: Double) async -> FleetPass? {
        await changes.wait(upTo: seconds) {
            self.state.withLock { $0.pass }.flatMap { pass in epoch.map { pass.ticket.epoch > $0 } ?? true ? pass : nil
            }
        }
    }

    /// Whether the ticket of this epoch is in hand.
    func holds(_ epoch: Int) -> Bool { state.withLock { $0.round?.ticket.epoch == epoch } }

    /// A message has come: its stage is the ticket's in hand, or it is refused.
    private func take(_ line: RunnerLine, from runner: RunnerProcess) {
        guard let id = line.id, let stage = line.stage else { return }
        // Its answer may take as long as training does, and its end belongs to the round, which runs in its own task.
        Task {
            var answer: RunnerLine
            do {
                answer = try await self.answer(stage, line)
            } catch {
                answer = RunnerLine(error: FlowerRound.text(of: error))
            }
            answer.id = id
            runner.tell(answer)
        }
    }

    private func answer(_ stage: String, _ line: RunnerLine) async throws -> RunnerLine {
        guard let head = line.head.flatMap({ MessageHead($0) }) else {
            throw EngineError("node \(setup.node) takes no message without a ticket")
        }
        let round = await changes.wait(upTo: Self.admission) {
            self.state.withLock { $0.round }.flatMap { $0.ticket.epoch >= head.epoch ? $0 : nil }
        }
        guard let round else {
            throw EngineError(
                "node \(setup.node) has no ticket in hand; the message is of epoch \(head.epoch), commit \(head.commit), "
                    + "artifact \(head.digest)"
            )
        }
        return try await round.perform(stage, head, line.file.map { URL(filePath: $0) })
    }
}

/// What a client's requests of SuperNode go to the server node with.
struct FleetPass: Sendable {
    var ticket: Ticket
    var key: String
    var node: String
}
