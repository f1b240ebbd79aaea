package import AsyncHTTPClient
package import Core
package import FlowRunner
package import Foundation
package import Logging

/// A client node's part in a round: fetch the model, train, deliver, evaluate the new model, report.
package struct RoundParticipant: Sendable {
    private let http: HTTPClient
    private let logger: Logger
    private let now: @Sendable () -> Instant
    private let idle: Double
    private let maximumModelBytes: Int
    private let order: (any DeliveryOrder)?

    /// - Parameters:
    ///   - httpClient: Its `read` timeout, where it has one, has to be longer than an engine holds a request open.
    ///   - now: The controller's clock, against which the deadlines of tickets count.
    ///   - idle: Seconds without a byte after which an exchange is given up and tried again.
    ///   - order: Where several clients of this process deliver in an order that isn't chance.
    package init(
        httpClient: HTTPClient,
        logger: Logger,
        now: @escaping @Sendable () -> Instant,
        idle: Double = 60,
        maximumModelBytes: Int = 16 << 30,
        order: (any DeliveryOrder)? = nil
    ) {
        http = httpClient
        self.logger = logger
        self.now = now
        self.idle = idle
        self.maximumModelBytes = maximumModelBytes
        self.order = order
    }

    /// Does one ticket's work. Returns when this node's part is done, or when the round is over without it.
    ///
    /// The newest model stays in `scratch`, so that the next round needn't fetch what this one evaluated.
    ///
    /// - Parameters:
    ///   - key: `TicketKeys.client` of this node, as the controller hands it out with the ticket.
    ///   - check: The node's own half of the gate, asked right before each stage.
    /// - Throws: `StageFailure` and `TicketRefusal`, which the engine was told of; `EngineProblem` where the engine
    ///   refuses what was sent; `EngineError` for what else went wrong; `CancellationError`, with the stage's process
    ///   gone.
    package func take(
        part ticket: Ticket,
        key: String,
        node: String,
        worker: any StageRunner,
        scratch: URL,
        check: @escaping @Sendable () throws(TicketRefusal) -> Void
    ) async throws {
        var logger = logger
        logger[metadataKey: "task"] = "\(ticket.task)"
        logger[metadataKey: "round"] = "\(ticket.round)"
        logger[metadataKey: "epoch"] = "\(ticket.epoch)"
        logger[metadataKey: "commit"] = "\(ticket.commit.short)"
        let session = RoundSession(
            http: http,
            ticket: ticket,
            node: node,
            key: key,
            logger: logger,
            now: now,
            idle: idle
        )
        let folder = try ParticipantFolder(scratch: scratch, epoch: ticket.epoch)
        defer { folder.removeRound() }
        let work = RoundWork(
            session: session,
            worker: worker,
            order: order,
            folder: folder,
            maximumModelBytes: maximumModelBytes,
            check: check
        )
        do {
            try await work.run()
        } catch let closed as RoundClosed {
            logger.info("round is over for this node", metadata: ["reason": "\(closed.why)"])
        } catch {
            try Task.checkCancellation()
            await report(error, session)
            throw error
        }
    }

    /// Tells the engine that this node won't deliver, so that the round needn't wait for it.
    private func report(_ error: any Error, _ session: RoundSession) async {
        let loss: LossReport
        switch error {
        case let failure as StageFailure: loss = LossReport(stage: failure.stage, message: failure.message)
        // What it refused, the engine knows.
        case is EngineProblem: return
        default: loss = LossReport(stage: "round", message: "\(error)")
        }
        do {
            try await session.put(.lost, loss, until: min(session.ticket.deadline, now() + 10))
        } catch is RoundClosed {
            return
        } catch {
            logger.warning("loss not reported", metadata: ["task": "\(session.ticket.task)", "error": "\(error)"])
        }
    }
}
