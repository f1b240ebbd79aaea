extension TaskState {
    /// The next moment at which time alone changes something, so that it is looked at right then and not up to a tick
    /// later. Nil where nothing is waited for.
    package func nextDeadline(after instant: Instant) -> Instant? {
        var moments: [Instant] = []
        if let rollout, !rollout.phase.isFinal {
            if let until = rollout.holdUntil { moments.append(until) }
            if rollout.phase == .progressing { moments.append(rollout.waveStarted + rollout.to.policy.rollout.health) }
        }
        if let run, run.status == .running {
            if let retryAt = run.retryAt { moments.append(retryAt) }
            if round == nil, let next = nextRound { moments.append(next) }
            if round == nil, let target {
                let wait = target.policy.participants.wait
                moments += holds.values.map { max($0.since, quietSince ?? $0.since) + wait }
            }
        }
        if let round { moments.append(round.ticket.deadline + TaskState.resultGrace) }
        return moments.filter { $0 > instant }.min()
    }
}
