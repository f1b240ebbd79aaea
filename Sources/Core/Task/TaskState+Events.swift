extension TaskState {
    /// Leaves a line for people in the history.
    func note(
        _ message: String,
        node: String? = nil,
        _ kind: EventRecord.Kind = .info,
        at instant: Instant,
        _ effects: inout [TaskEffect]
    ) {
        let event = EventRecord(task: task, node: node, at: instant, kind: kind, message: message)
        effects.append(.record(.event(event)))
    }

    func note(
        _ rollout: Rollout,
        _ phase: Rollout.Phase,
        _ reason: String?,
        at instant: Instant,
        _ effects: inout [TaskEffect]
    ) {
        let name = "rollout \(rollout.number) to \(rollout.to.name) (\(rollout.to.commit.short))"
        let why = reason.map { ": \($0)" } ?? ""
        switch phase {
        case .completed: note("\(name) is completed", at: instant, &effects)
        case .superseded: note("\(name) was superseded\(why)", at: instant, &effects)
        case .paused: note("\(name) is paused\(why)", .warning, at: instant, &effects)
        case .rolledBack:
            let back = rollout.from.map { "to \($0.name) (\($0.commit.short))" } ?? ""
            note("rollout \(rollout.number) was rolled back \(back)", .warning, at: instant, &effects)
        // That it failed, and which node did, has been said when it happened.
        case .failed, .waitingForRound, .progressing, .holding, .rollingBack: break
        }
    }

    func note(_ run: Run, at instant: Instant, _ effects: inout [TaskEffect]) {
        let why = run.reason.map { ": \($0)" } ?? ""
        let rounds = "\(run.done) of \(run.goal) rounds done"
        switch run.status {
        case .running:
            let goal = run.goal == 1 ? "1 round" : "\(run.goal) rounds"
            note("run \(run.number) is started, for \(goal)", at: instant, &effects)
        case .completed: note("run \(run.number) is completed, \(rounds)\(why)", at: instant, &effects)
        case .stopped: note("run \(run.number) was stopped, \(rounds)\(why)", at: instant, &effects)
        case .failed: note("run \(run.number) failed, \(rounds)\(why)", .warning, at: instant, &effects)
        case .superseded: note("run \(run.number) ended, \(rounds)\(why)", at: instant, &effects)
        }
    }
}
