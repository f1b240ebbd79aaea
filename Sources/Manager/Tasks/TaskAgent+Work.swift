import AsyncHTTPClient
import ControllerClient
import Core
import Engines
import FlowRunner
import Foundation
import Logging
import Synchronization

extension TaskAgent {
    /// Sees a ticket through: conducts its round on the server node, takes part in it on a client.
    func work(on ticket: Ticket, _ stop: Stop) async {
        let isServer = services.registration.role == .server
        logger.info("ticket taken", metadata: metadata(of: ticket))
        let isDone = isServer ? await conduct(ticket, stop) : await take(part: ticket, stop)
        // Where the manager ends, the ticket stays in the ledger on disk: the next one takes it up again, and its
        // engine says at once that the round was lost.
        guard isDone else { return }
        await settle(.ticketEnded(epoch: ticket.epoch))
        logger.info("ticket put down", metadata: metadata(of: ticket))
    }

    private func take(part ticket: Ticket, _ stop: Stop) async -> Bool {
        let (worker, keys, flower) = state.withLock { ($0.worker, $0.record.keys, $0.flower?.node) }
        guard let worker, let key = keys.ticket, keys.epoch == ticket.epoch else {
            say(
                "manager",
                "round \(ticket.round): there is no worker or no key for the ticket of epoch \(ticket.epoch)"
            )
            return !Task.isCancelled
        }
        let clock = services.clock
        let participant = RoundParticipant(httpClient: Connections.shared, logger: logger, now: { clock.now() })
        let scratch = services.folder.scratch(of: task).appending(path: "round")
        let node = services.registration.node
        do {
            try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
            try await stop.cancelling {
                let check: @Sendable () throws(TicketRefusal) -> Void = { () throws(TicketRefusal) in
                    try self.check(ticket)
                }
                if let flower {
                    return try await flower.take(
                        part: ticket,
                        key: key,
                        worker: worker,
                        scratch: scratch,
                        check: check
                    )
                }
                try await participant.take(
                    part: ticket,
                    key: key,
                    node: node,
                    worker: worker,
                    scratch: scratch,
                    check: check
                )
            }
        } catch {
            guard !Task.isCancelled else { return false }
            if !(error is CancellationError) {
                logger.warning("no part in the round", metadata: metadata(of: ticket, error))
                say("manager", "round \(ticket.round): \(error)")
            }
        }
        return !Task.isCancelled
    }

    private func conduct(_ ticket: Ticket, _ stop: Stop) async -> Bool {
        let (worker, keys, flower) = state.withLock { ($0.worker, $0.record.keys, $0.flower?.link) }
        guard let embedded = services.engine, let key = keys.round, keys.epoch == ticket.epoch else {
            say(
                "manager",
                "round \(ticket.round): there is no engine or no key for the ticket of epoch \(ticket.epoch)"
            )
            return !Task.isCancelled
        }
        let engine: any AggregationEngine = flower.map { FlowerEngine(embedded, link: $0) } ?? embedded
        let order = RoundOrder(
            ticket: ticket,
            roundKey: key,
            options: worker?.configuration.flow.rounds.strategy.options,
            evaluate: { try await self.evaluate($0, of: ticket, seconds: $1) },
            aggregate: { try await self.aggregate($0, of: ticket, seconds: $1) },
            check: { () throws(TicketRefusal) in try self.check(ticket) }
        )
        guard let result = try? await stop.cancelling({ await engine.conduct(order) }) else {
            // A round that was taken back has no result; one that is left behind is told when the manager leaves.
            if Task.isCancelled { work.withLock { $0.abandoned = ticket } }
            return !Task.isCancelled
        }
        if case .failed(let reason) = result.outcome { say("manager", "round \(ticket.round) failed: \(reason)") }
        // From here on the ticket may be withdrawn only because the controller has the result: what it makes of that has
        // to be learned, or a finished model would be lost.
        guard let answer = await deliver(result, ticket) else { return false }
        await settle(result, answer, engine)
        // Before the ticket is put down: a manager that is killed in between comes here again.
        if case .promoted = answer, case .finished(let finished) = result.outcome { track(ticket, finished, embedded) }
        return !Task.isCancelled
    }

    /// Runs the flow's `evaluate` stage on this node's own data.
    private func evaluate(_ model: URL, of ticket: Ticket, seconds: Double) async throws -> RoundIntake.Evaluation {
        guard let worker = state.withLock({ $0.worker }) else {
            throw ManagerError("there is no worker on this node at this moment")
        }
        try check(ticket)
        let outcome = try await worker.evaluate(model: model, ticket.context(seconds: seconds))
        return .init(examples: outcome.examples, metrics: outcome.metrics)
    }

    /// Runs the app's own strategy on the updates of a round.
    private func aggregate(_ input: AggregationInput, of ticket: Ticket, seconds: Double) async throws {
        guard let worker = state.withLock({ $0.worker }) else {
            throw ManagerError("there is no worker on this node at this moment")
        }
        try check(ticket)
        try await worker.aggregate(input, ticket.context(seconds: seconds))
    }

    /// Tells the controller until it answers what became of the result; `nil` where the manager ends first.
    private func deliver(_ result: RoundResult, _ ticket: Ticket) async -> ResultAnswer? {
        var backoff = Backoff(first: 0.2, longest: 10)
        while !Task.isCancelled {
            do {
                let answer = try await services.client.sendResult(
                    node: services.registration.node,
                    task: task,
                    result
                )
                if answer != .pending { return answer }
            } catch let error as ClientError where error.status == 404 {
                // The task is gone, and its rounds with it.
                return .fenced
            } catch {
                logger.warning("result can't be sent", metadata: metadata(of: ticket, error))
            }
            try? await Task.sleep(for: backoff.next())
        }
        return nil
    }

    /// Tells the controller that this node's engine stopped in the middle of a round, so that it needn't wait for the
    /// deadline to find out. Called once nothing is under way any more.
    func disclaim() async {
        guard let ticket = work.withLock({ $0.abandoned }) else { return }
        let result = RoundResult(
            epoch: ticket.epoch,
            commit: ticket.commit,
            digest: ticket.digest,
            outcome: .failed(reason: "the manager of server node \(ticket.server) was stopped")
        )
        do {
            let answer = try await services.client.sendResult(node: services.registration.node, task: task, result)
            if answer != .pending { try apply(.ticketEnded(epoch: ticket.epoch)) }
        } catch {
            logger.warning("lost round can't be told", metadata: metadata(of: ticket, error))
        }
    }

    private func settle(_ result: RoundResult, _ answer: ResultAnswer, _ engine: any AggregationEngine) async {
        var backoff = Backoff(first: 0.2, longest: 10)
        // Where the disk doesn't get better, the model is kept with a later document, which names it.
        for _ in 0..<5 where !Task.isCancelled {
            do {
                return try await engine.settle(result, task: task, answer: answer)
            } catch {
                logger.error("result can't be settled", metadata: ["epoch": "\(result.epoch)", "error": "\(error)"])
                try? await Task.sleep(for: backoff.next())
            }
        }
    }

    private func metadata(of ticket: Ticket, _ error: (any Error)? = nil) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            "round": "\(ticket.round)", "epoch": "\(ticket.epoch)", "commit": "\(ticket.commit.short)",
        ]
        if let error { metadata["error"] = "\(error)" }
        return metadata
    }
}
