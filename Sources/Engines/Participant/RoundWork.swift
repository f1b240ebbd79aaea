import Artifacts
import Core
import FlowRunner
import Foundation
import Logging

/// The steps of a client's part in one round.
struct RoundWork: Sendable {
    let session: RoundSession
    let worker: any StageRunner
    let order: (any DeliveryOrder)?
    let folder: ParticipantFolder
    let maximumModelBytes: Int
    let check: @Sendable () throws(TicketRefusal) -> Void

    private var ticket: Ticket { session.ticket }

    func run() async throws {
        let base = try await base()
        let control = try await control()
        try check()
        let outcome = try await train(from: base, control)
        try await deliver(outcome)
        if ticket.evaluators.includesClients { try await evaluate() }
    }

    /// Trains; where the round asked more clients than it needs, only until it has enough without this one.
    private func train(from base: URL, _ control: URL?) async throws -> TrainOutcome {
        let context = try context(until: ticket.trainBy)
        let train: @Sendable () async throws -> TrainOutcome = { [worker, folder] in
            try await worker.train(base: base, update: folder.update, control: control, context)
        }
        guard ticket.enough != nil else { return try await train() }
        return try await withThrowingTaskGroup(of: TrainOutcome?.self) { group in
            group.addTask { try await train() }
            group.addTask {
                try await session.waitForEnd()
                return nil
            }
            defer { group.cancelAll() }
            while let outcome = try await group.next() {
                if let outcome { return outcome }
            }
            throw CancellationError()
        }
    }

    /// The model that training starts from; the ticket's initializer makes it where there is none.
    private func base() async throws -> URL {
        if let base = ticket.base {
            let folder = folder
            if let kept = try await Blocking.run({ folder.kept(base.digest) }) { return kept }
        } else if ticket.initializer == session.node, try await makeFirst() {
            return folder.first
        }
        let content = try await session.download(
            .base,
            to: folder.base,
            expecting: ticket.base?.digest,
            limit: maximumModelBytes,
            until: ticket.trainBy
        )
        session.logger.debug("base model fetched", metadata: ["bytes": "\(content.bytes)"])
        return folder.base
    }

    /// The server's control variates, where the strategy has such and the base has some.
    private func control() async throws -> URL? {
        guard ticket.base != nil, ticket.strategy == Flow.Strategy.Name.scaffold.rawValue else { return nil }
        do {
            // Of each floating-point element 8 bytes at most, as the model itself may have.
            _ = try await session.download(
                .control,
                to: folder.control,
                expecting: nil,
                limit: maximumModelBytes,
                until: ticket.trainBy
            )
            return folder.control
        } catch let problem as EngineProblem where problem.code == .missing {
            return nil
        }
    }

    /// Makes and delivers the first global model; `false` where the round already has one, of an earlier attempt.
    private func makeFirst() async throws -> Bool {
        try check()
        try await worker.makeModel(to: folder.first, try context(until: ticket.trainBy))
        let file = folder.first
        let content = try await Blocking.run { try FileDigest(of: file) }
        do {
            try await session.upload(
                file,
                content,
                as: .base,
                [(EngineHeaders.sha256, content.digest.description)],
                until: ticket.trainBy
            )
            return true
        } catch let problem as EngineProblem where problem.status == 409 {
            return false
        }
    }

    private func deliver(_ outcome: TrainOutcome) async throws {
        try await order?.turn(of: session.node)
        defer { order?.leave(session.node) }
        try check()
        let file = folder.update
        let content = try await Blocking.run { try FileDigest(of: file) }
        let head = UpdateHead(
            commit: ticket.commit,
            artifact: ticket.digest,
            sha256: content.digest,
            examples: outcome.examples,
            seconds: outcome.seconds,
            metrics: outcome.metrics,
            steps: outcome.steps
        )
        try await session.upload(file, content, as: .update, try head.fields(), until: ticket.trainBy)
        session.logger.info(
            "update delivered",
            metadata: ["examples": "\(outcome.examples)", "bytes": "\(content.bytes)"]
        )
    }

    private func evaluate() async throws {
        let content = try await session.download(
            .candidate,
            to: folder.candidate,
            expecting: nil,
            limit: maximumModelBytes,
            until: ticket.deadline
        )
        try check()
        let outcome = try await worker.evaluate(model: folder.candidate, try context(until: ticket.deadline))
        let report = EvaluationReport(
            commit: ticket.commit,
            digest: ticket.digest,
            examples: outcome.examples,
            metrics: outcome.metrics
        )
        try await session.put(.evaluation, report, until: ticket.deadline)
        let folder = folder
        try await Blocking.run { folder.keep(folder.candidate, content.digest) }
    }

    private func context(until end: Instant) throws -> StageContext {
        let seconds = end.seconds(since: session.now())
        guard seconds > 0 else { throw EngineError("the stage's time was over at \(end.iso8601)") }
        return ticket.context(seconds: seconds)
    }
}
