extension TaskState {
    /// Takes an engine's word on a round, where it is the round that is open, from its server node.
    mutating func take(
        _ result: RoundResult,
        of node: String,
        at instant: Instant,
        _ effects: inout [TaskEffect]
    ) {
        guard let open = round?.ticket, open.epoch == result.epoch, open.server == node else { return }
        guard open.commit == result.commit, open.digest == result.digest else {
            return failRound("the engine reports another commit than the ticket's", at: instant, &effects)
        }
        switch result.outcome {
        case .failed(let reason):
            remember(missing: result.missing, of: open)
            failRound(reason, at: instant, &effects)
        case .finished(let finished):
            if let flaw = flaw(in: finished, of: open) {
                failRound(flaw, at: instant, &effects)
            } else {
                promote(finished, of: open, at: instant, &effects)
            }
        }
    }

    /// What keeps a result from becoming a global model, whatever the engine believed.
    private func flaw(in finished: FinishedRound, of ticket: Ticket) -> String? {
        let nodes = finished.contributions.map(\.node)
        if let stranger = nodes.first(where: { !ticket.clients.contains($0) }) {
            return "the result counts node \(stranger), which the ticket doesn't name"
        }
        if Set(nodes).count != nodes.count { return "the result counts a node twice" }
        if let mixed = finished.contributions.first(where: { $0.commit != ticket.commit }) {
            return "the update of node \(mixed.node) was made by \(mixed.commit), not by \(ticket.commit)"
        }
        if nodes.count < ticket.minimum {
            return "\(nodes.count) clients answered; participants.minimum is \(ticket.minimum)"
        }
        return nil
    }

    private mutating func promote(
        _ finished: FinishedRound,
        of ticket: Ticket,
        at instant: Instant,
        _ effects: inout [TaskEffect]
    ) {
        guard let open = round else { return }
        modelCount = ticket.version
        let promoted = ModelReference(version: ticket.version, digest: finished.model)
        model = promoted
        base = .latest
        accepted = AcceptedResult(epoch: ticket.epoch, model: promoted)
        effects.append(
            .record(
                .model(
                    ModelRecord(
                        task: task,
                        version: ticket.version,
                        digest: finished.model,
                        bytes: finished.bytes,
                        commit: ticket.commit,
                        artifact: ticket.digest,
                        release: run?.release?.name ?? "",
                        run: ticket.run,
                        round: ticket.round,
                        epoch: ticket.epoch,
                        parent: ticket.base?.version,
                        node: ticket.server,
                        contributions: finished.contributions,
                        trainMetrics: finished.trainMetrics,
                        evaluation: finished.evaluation,
                        serverEvaluation: finished.serverEvaluation,
                        created: instant
                    )
                )
            )
        )
        var record = RoundRecord(ticket: ticket, status: .finished, excluded: open.excluded)
        record.ended = instant
        record.result = finished
        effects.append(.record(.round(record)))
        round = nil
        run?.done = ticket.round
        run?.failures = 0
        run?.retryAt = nil
        remember(finished, of: ticket)
        let enough = judge(finished, of: ticket, at: instant, &effects)
        if let run, run.done >= run.goal || enough != nil {
            endRun(.completed, run.done >= run.goal ? nil : enough, at: instant, &effects)
        } else {
            recordRun(&effects)
        }
    }

    mutating func failRound(_ reason: String, at instant: Instant, _ effects: inout [TaskEffect]) {
        guard let failed = round else { return }
        endRound(.failed, reason, at: instant, &effects)
        run?.failures += 1
        guard let run else { return }
        note(
            "round \(failed.ticket.round) (epoch \(failed.ticket.epoch)) failed: \(reason)",
            .warning,
            at: instant,
            &effects
        )
        if let limit = run.release?.policy.rounds.retries, run.failures > limit {
            return endRun(.failed, "round \(failed.ticket.round): \(reason)", at: instant, &effects)
        }
        self.run?.retryAt = instant + Run.backoff(afterFailures: run.failures)
        self.run?.reason = reason
        recordRun(&effects)
    }

    /// Takes the open round's ticket back. Its epoch is behind from now on, so whatever still comes of it is refused.
    mutating func endRound(
        _ status: RoundRecord.Status,
        _ reason: String,
        at instant: Instant,
        _ effects: inout [TaskEffect]
    ) {
        guard let open = round else { return }
        var record = RoundRecord(ticket: open.ticket, status: status, excluded: open.excluded)
        record.ended = instant
        record.reason = reason
        effects.append(.record(.round(record)))
        round = nil
    }

    mutating func failOverdueRound(at instant: Instant, _ effects: inout [TaskEffect]) {
        guard let ticket = round?.ticket, instant > ticket.deadline + TaskState.resultGrace else { return }
        failRound("node \(ticket.server) reported no result by the deadline", at: instant, &effects)
    }

    /// What the sender of `result` is told, once it has been applied.
    package func answer(to result: RoundResult) -> ResultAnswer {
        if let accepted, accepted.epoch == result.epoch, case .finished(let finished) = result.outcome,
            finished.model == accepted.model.digest
        {
            return .promoted(version: accepted.model.version)
        }
        return round?.ticket.epoch == result.epoch ? .pending : .fenced
    }
}

/// The controller's answer to an engine's result.
package enum ResultAnswer: Codable, Sendable, Equatable {
    /// The candidate is the global model of this version now.
    case promoted(version: Int)
    /// The ticket is no longer valid, or never was: the candidate is to be thrown away.
    case fenced
    /// The round is still open.
    case pending
}
