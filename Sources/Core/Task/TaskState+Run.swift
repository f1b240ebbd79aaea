extension TaskState {
    mutating func startRun(
        goal: Int,
        epochs: Int?,
        base: RunBase,
        at instant: Instant,
        _ effects: inout [TaskEffect]
    ) {
        guard run?.status != .running else { return }
        runCount += 1
        run = Run(number: runCount, goal: max(1, goal), epochs: epochs, started: instant)
        self.base = base
        opened = nil
        quietSince = instant
        recordRun(&effects)
        if let run { note(run, at: instant, &effects) }
    }

    mutating func endRun(
        _ status: Run.Status,
        _ reason: String?,
        at instant: Instant,
        _ effects: inout [TaskEffect]
    ) {
        guard run?.status == .running else { return }
        endRound(.aborted, reason ?? "the run has ended", at: instant, &effects)
        run?.status = status
        run?.reason = reason
        run?.ended = instant
        recordRun(&effects)
        if let run { note(run, at: instant, &effects) }
    }

    func recordRun(_ effects: inout [TaskEffect]) {
        if let run { effects.append(.record(.run(run))) }
    }

    /// No round opens before this instant, where the flow spaces rounds out.
    package var nextRound: Instant? {
        guard let opened, let interval = target?.policy.rounds.interval else { return nil }
        return opened + interval
    }

    /// Issues the next ticket where a run wants a round and the gate is open.
    mutating func openRoundIfDue(at instant: Instant, _ effects: inout [TaskEffect]) {
        guard round == nil, let waiting = run, waiting.status == .running, let target else { return }
        if let retryAt = waiting.retryAt, instant < retryAt { return }
        if let next = nextRound, instant < next { return }
        let verdict = gate(at: instant)
        guard verdict.open, let server = verdict.server, let serverURL = members[server]?.engineURL else { return }
        adopt(target, at: instant, &effects)
        guard let run else { return }

        epoch += 1
        let start: ModelReference? =
            switch base {
            case .latest: model
            case .model(let chosen): chosen
            case .scratch: nil
            }
        let rounds = target.policy.rounds
        let ticket = Ticket(
            task: task,
            run: run.number,
            round: run.done + 1,
            epoch: epoch,
            commit: target.commit,
            digest: target.digest,
            server: server,
            serverURL: serverURL,
            clients: verdict.clients,
            base: start,
            // Another client makes the first model when the attempt of the one before has failed.
            initializer: start == nil ? verdict.clients[run.failures % verdict.clients.count] : nil,
            version: modelCount + 1,
            minimum: target.policy.participants.minimum,
            enough: verdict.enough,
            evaluate: rounds.evaluate,
            contribution: rounds.contribution,
            strategy: rounds.strategy,
            epochs: run.epochs ?? rounds.epochs(inRound: run.done + 1),
            issued: instant,
            // A fifth of the time is left for the evaluation, which sees each example once and takes no gradient.
            trainBy: instant + rounds.deadline * 0.8,
            deadline: instant + rounds.deadline
        )
        opened = instant
        round = OpenRound(ticket: ticket, excluded: verdict.excluded, policy: target.policy.onNewRevision)
        effects.append(
            .record(.round(RoundRecord(ticket: ticket, status: .running, excluded: verdict.excluded)))
        )
    }

    /// Binds the run to the release of its first round; on another release a new run goes on where it stopped.
    private mutating func adopt(_ target: Release, at instant: Instant, _ effects: inout [TaskEffect]) {
        guard let old = run, old.release?.number != target.number else { return }
        if old.release == nil {
            run?.release = target
            return recordRun(&effects)
        }
        runCount += 1
        run?.status = .superseded
        run?.ended = instant
        run?.reason = "run \(runCount) goes on with revision \(target.name)"
        recordRun(&effects)
        if let run { note(run, at: instant, &effects) }
        var next = Run(number: runCount, goal: old.goal, epochs: old.epochs, started: instant)
        next.done = old.done
        next.progress = old.progress
        next.continues = old.number
        next.release = target
        run = next
        recordRun(&effects)
    }
}
