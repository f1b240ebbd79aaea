import Aggregation
import Artifacts
package import Core
import Foundation
import Logging

extension EmbeddedEngine {
    package func conduct(_ order: RoundOrder) async -> RoundResult { await conduct(order, courier: nil) }

    /// Conducts a round whose models and updates somebody else carries to the desk and from it.
    ///
    /// - Parameter courier: Runs beside the round from its opening on, and is cancelled at its end.
    func conduct(_ order: RoundOrder, courier: (@Sendable (RoundDesk) async -> Void)?) async -> RoundResult {
        let ticket = order.ticket
        var logger = logger
        logger[metadataKey: "task"] = "\(ticket.task)"
        logger[metadataKey: "round"] = "\(ticket.round)"
        logger[metadataKey: "epoch"] = "\(ticket.epoch)"
        logger[metadataKey: "commit"] = "\(ticket.commit.short)"
        let task: TaskFolder
        do {
            task = try folder.task(ticket.task)
        } catch {
            return ticket.failed("\(error)")
        }
        // A round that has its result already needs no strategy; one that begins has it checked in `hold`.
        let desk = RoundDesk(order, (try? Strategy(order.strategy)) ?? .fedavg, folder: task.round(ticket.epoch))
        var result: RoundResult
        do {
            if let earlier = try desk.folder.result() {
                remember(desk)
                logger.info("round has a result already")
                guard earlier.commit == ticket.commit, earlier.digest == ticket.digest else {
                    return ticket.failed("epoch \(ticket.epoch) was the round of another commit, \(earlier.commit)")
                }
                return earlier
            }
            if desk.folder.hasBegun {
                guard !registry.all().contains(where: { $0.ticket == ticket && !$0.isClosed }) else {
                    return ticket.failed("epoch \(ticket.epoch) is being conducted already")
                }
                desk.folder.discardUpdates()
                remember(desk)
                result = ticket.failed("the server node's engine stopped in the middle of the round")
            } else {
                result = try await hold(desk, order, task, courier, logger)
            }
        } catch {
            result = ticket.failed("server node \(ticket.server): \(error)")
        }
        desk.close("the round is over")
        desk.folder.discardUpdates()
        if Task.isCancelled {
            logger.info("round taken back")
            try? desk.folder.discardCandidate()
            return result
        }
        return await persist(result, in: desk.folder, logger)
    }

    package func settle(_ result: RoundResult, task: String, answer: ResultAnswer) async throws {
        let folder = try folder.task(task)
        let (instant, keep) = (now(), configuration.keepModels)
        try await onShelf { [self] in
            switch answer {
            case .promoted(let version):
                try folder.promote(epoch: result.epoch, version: version, at: instant)
                if let keep { try folder.retain(keep, and: protectedVersion(task, folder)) }
            case .fenced: try folder.round(result.epoch).discardCandidate()
            case .pending: break
            }
        }
    }

    /// What a round starts from that has a base.
    private struct Start: Sendable {
        var base: ModelFile
        var sum: RoundSum
        var state: URL?
        var control: ModelFile?
        /// Why the strategy starts anew although the task has models.
        var missing: String?
    }

    /// Begins the round, sees it through, and lets nobody in before and after.
    private func hold(
        _ desk: RoundDesk,
        _ order: RoundOrder,
        _ task: TaskFolder,
        _ courier: (@Sendable (RoundDesk) async -> Void)?,
        _ logger: Logger
    ) async throws -> RoundResult {
        let ticket = desk.ticket
        try desk.confirm()
        guard order.options != nil else { throw EngineError("the worker that knows the flow's strategy isn't up") }
        _ = try Strategy(order.strategy)
        if let (updates, rule) = order.strategy.least, ticket.clients.count < updates {
            throw EngineError(
                "strategy \(ticket.strategy) needs \(updates) updates (\(rule)), and the round has \(ticket.clients.count) "
                    + "clients"
            )
        }
        let instant = now()
        let start = try await onShelf { () -> Start? in
            guard let base = ticket.base else { return nil }
            guard try task.keep(base, at: instant), let file = task.model(base) else {
                throw EngineError("global model v\(base.version) (\(base.digest)) is not on this node's disk")
            }
            let (state, missing) = try StateShelf.find(desk.strategy, of: file, version: base.version, in: task)
            return Start(
                base: file,
                sum: try RoundSum(base: file.url, desk.strategy, state: state),
                state: state,
                // What the project's own strategy keeps is nobody else's.
                control: desk.strategy == .external
                    ? nil : try state.map { ModelFile(url: $0, content: try FileDigest(of: $0)) },
                missing: missing
            )
        }
        try await Blocking.run {
            try task.prune(before: ticket)
            try desk.folder.begin(ticket)
        }
        if let missing = start?.missing {
            logger.warning(
                "strategy starts from zeros",
                metadata: ["strategy": "\(ticket.strategy)", "reason": "\(missing)"]
            )
        }
        if let start { try desk.initialise(start.base, start.sum, control: start.control) }
        return try await withTaskCancellationHandler {
            guard registry.open(desk) else { throw EngineError("epoch \(ticket.epoch) is being conducted already") }
            logger.info("round opened", metadata: ["clients": "\(ticket.clients.count)"])
            // Cancelled and waited for where this scope ends, whatever ends it.
            async let _: Void? = courier?(desk)
            return try await lead(desk, order, state: start?.state, logger)
        } onCancel: {
            desk.close("the round's ticket was taken back")
        }
    }

    private func lead(_ desk: RoundDesk, _ order: RoundOrder, state: URL?, _ logger: Logger) async throws
        -> RoundResult
    {
        let ticket = desk.ticket
        var phase = await phase(of: desk, outOf: [.initialising, .training])
        if phase == .evaluating {
            // The turn keeps additions away from the sum, should one still be on its way to be refused.
            let candidate: ModelFile? = try await desk.turn.run {
                guard let sum = desk.sum else { return nil }
                try desk.confirm()
                if desk.strategy == .external { try await aggregate(desk, sum, order.aggregate, state: state) }
                let metadata = [
                    "task": ticket.task, "round": "\(ticket.round)", "epoch": "\(ticket.epoch)",
                    "version": "\(ticket.version)", "commit": ticket.commit.text, "artifact": "\(ticket.digest)",
                ]
                let (file, state) = (desk.folder.candidate, desk.folder.state)
                return try await Blocking.run {
                    let candidate = try sum.write(to: file, state: state, metadata: metadata)
                    try Durable.synchronize(folder: file.deletingLastPathComponent())
                    return candidate
                }
            }
            guard let candidate else { return ticket.failed("the round's ticket was taken back") }
            desk.publish(candidate)
            logger.info("candidate published", metadata: ["updates": "\(desk.intake.counted.count)"])
            phase = await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.judge(candidate, of: desk, order.evaluate, logger) }
                let phase = await self.phase(of: desk, outOf: [.evaluating])
                group.cancelAll()
                return phase
            }
            if phase == .finished { return ticket.finished(desk.intake, candidate.content) }
        }
        let intake = desk.intake
        var result = ticket.failed(intake.reason ?? "the round's ticket was taken back")
        if intake.phase == .failed { result.missing = intake.missing }
        return result
    }

    /// Waits for the round to leave `phases`, looking at its deadlines when they come.
    private func phase(of desk: RoundDesk, outOf phases: Set<RoundIntake.Phase>) async -> RoundIntake.Phase {
        while true {
            desk.tick(at: now())
            if let phase = desk.phase(outOf: phases) { return phase }
            let remaining = desk.due.map { max(0, $0.seconds(since: now())) + 0.001 } ?? .infinity
            let changed = await desk.changes.wait(upTo: min(remaining, configuration.clockCheck)) {
                [now] () -> RoundIntake.Phase?? in
                if let phase = desk.phase(outOf: phases) { return .some(phase) }
                if let due = desk.due, now() > due { return .some(nil) }
                return nil
            }
            if let changed, let phase = changed { return phase }
            if Task.isCancelled { desk.close("the round's ticket was taken back") }
        }
    }

    /// Writes the result to disk before anybody learns of it, so that another process tells the same.
    private func persist(_ result: RoundResult, in folder: RoundFolder, _ logger: Logger) async -> RoundResult {
        do {
            try await Blocking.run { try folder.save(result) }
        } catch {
            logger.error("result not saved", metadata: ["error": "\(error)"])
            return result.failed("the server node can't write the round's result: \(error)")
        }
        switch result.outcome {
        case .finished(let round):
            logger.info(
                "round finished",
                metadata: ["updates": "\(round.contributions.count)", "missing": "\(round.missing.count)"]
            )
        case .failed(let reason): logger.warning("round failed", metadata: ["reason": "\(reason)"])
        }
        return result
    }

    /// Lets clients of a round that is over learn that it is.
    private func remember(_ desk: RoundDesk) {
        desk.close("the round is over")
        _ = registry.open(desk)
    }
}

extension Ticket {
    func failed(_ reason: String) -> RoundResult {
        RoundResult(epoch: epoch, commit: commit, digest: digest, outcome: .failed(reason: reason))
    }

    func finished(_ intake: RoundIntake, _ model: FileDigest) -> RoundResult {
        let contributions = intake.contributions
        var finished = FinishedRound(
            model: model.digest,
            bytes: model.bytes,
            contributions: contributions,
            missing: intake.missing,
            unevaluated: intake.unevaluated,
            trainMetrics: Metrics.mean(contributions.map { ($0.examples, $0.metrics) }),
            evaluation: Metrics.mean(contributions.map { ($0.evaluationExamples ?? 0, $0.evaluation ?? [:]) })
        )
        finished.serverUnevaluated = intake.serverUnevaluated
        if case .evaluated(let evaluation)? = intake.serverOutcome {
            finished.serverEvaluation = evaluation.metrics
            finished.serverEvaluationExamples = evaluation.examples
        }
        if contribution != nil {
            finished.contributionNote =
                intake.worth.map(\.note) ?? "contributions were not measured by the deadline"
        }
        return RoundResult(epoch: epoch, commit: commit, digest: digest, outcome: .finished(finished))
    }
}

extension RoundResult {
    fileprivate func failed(_ reason: String) -> RoundResult {
        RoundResult(epoch: epoch, commit: commit, digest: digest, outcome: .failed(reason: reason))
    }
}
