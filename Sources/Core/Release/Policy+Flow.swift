extension Policy {
    /// What `flow` says of rollouts, the gate and rounds.
    package init(_ flow: Flow) {
        rollout.waves = flow.rollout.waves
        rollout.orderBy = flow.rollout.orderBy
        rollout.health = flow.rollout.health.seconds
        rollout.hold = flow.rollout.hold.seconds
        rollout.onFailure = flow.rollout.onFailure == .pause ? .pause : .rollback
        participants.server = flow.participants.server.selector
        participants.clients = flow.participants.clients.selector
        participants.minimum = flow.participants.clients.minimum
        participants.maximum = flow.participants.clients.maximum
        participants.sample = flow.participants.clients.sample
        participants.extra = flow.participants.clients.extra
        participants.select = flow.participants.clients.select
        participants.wait = flow.participants.clients.wait.seconds
        rounds.count = flow.rounds.count
        rounds.strategy = flow.rounds.strategy.name
        rounds.deadline = flow.rounds.deadline.seconds
        rounds.interval = flow.rounds.interval.milliseconds == 0 ? nil : flow.rounds.interval.seconds
        rounds.epochs = flow.rounds.epochs
        rounds.retries = flow.rounds.retries
        rounds.epochsSchedule = flow.rounds.schedule?[Flow.epochsName]
        rounds.evaluate = flow.rounds.evaluate
        rounds.stop = flow.rounds.stop
        rounds.best = flow.rounds.best ?? flow.rounds.stop.map { BestRule(metric: $0.metric, mode: $0.mode) }
        rounds.contribution = flow.rounds.contribution
        onNewRevision = flow.onNewRevision == .abort ? .abort : .finish
    }
}

extension FlowDuration {
    /// The same length in seconds.
    package var seconds: Double { Double(milliseconds) / 1000 }
}
