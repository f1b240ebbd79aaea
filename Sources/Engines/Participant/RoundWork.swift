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
        try check()
        let outcome = try await worker.train(base: base, update: folder.update, try context(until: ticket.trainBy))
        try await deliver(outcome)
        try await evaluate()
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
            metrics: outcome.metrics
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
        return StageContext(round: ticket.round, epochs: ticket.epochs, timeout: .seconds(seconds))
    }
}
