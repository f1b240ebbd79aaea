import API
import Core
import Store

extension Views {
    /// The newest rollout, with what its nodes report now.
    func activeRollout(_ state: TaskState) -> RolloutView? {
        guard let rollout = state.rollout else { return nil }
        let ready = rollout.moved.filter { state.members[$0]?.isReady(on: rollout.to) == true }
        return RolloutView(
            task: state.task,
            rollout,
            ready: ready,
            nodes: max(state.selected(by: rollout.to).count, rollout.moved.count)
        )
    }

    private func past(_ task: String, _ rollout: Rollout) -> RolloutView {
        let ready = rollout.phase == .completed ? rollout.moved : []
        return RolloutView(task: task, rollout, ready: ready, nodes: rollout.moved.count)
    }

    /// Newest first.
    func rollouts(_ entry: TaskRegistry.Entry) throws -> [RolloutView] {
        let state = entry.mailbox.state
        return try site.store.rollouts(state.task).map { rollout in
            guard rollout.number == state.rollout?.number, let active = activeRollout(state) else {
                return past(state.task, rollout)
            }
            return active
        }
    }

    /// - Parameter text: A number, or `latest`.
    func rollout(_ entry: TaskRegistry.Entry, _ text: String) throws -> RolloutView {
        let state = entry.mailbox.state
        let number = text == "latest" ? state.rollout?.number : Int(text)
        if let number, number == state.rollout?.number, let active = activeRollout(state) { return active }
        guard let number, let rollout = try site.store.rollout(state.task, number) else {
            throw RequestError.missing("rollout", text, of: state.task)
        }
        return past(state.task, rollout)
    }

    /// A run with the round that is under way, where it is the task's active one.
    func run(_ state: TaskState, _ run: Run, rounds: [RoundView]? = nil) -> RunView {
        let open = state.round.flatMap { round in
            round.ticket.run == run.number
                ? RoundView(RoundRecord(ticket: round.ticket, status: .running, excluded: round.excluded)) : nil
        }
        return RunView(task: state.task, run, round: open, rounds: rounds)
    }

    /// Newest first.
    func runs(_ entry: TaskRegistry.Entry) throws -> [RunView] {
        let state = entry.mailbox.state
        return try site.store.runs(state.task).map { run(state, $0) }
    }

    /// - Parameter text: A number, or `latest`.
    func run(_ entry: TaskRegistry.Entry, _ text: String) throws -> RunView {
        let state = entry.mailbox.state
        let number = text == "latest" ? state.run?.number : Int(text)
        guard let number, let stored = try site.store.run(state.task, number) else {
            throw RequestError.missing("run", text, of: state.task)
        }
        let rounds = try site.store.rounds(state.task, run: number).map { RoundView($0) }
        return run(state, stored, rounds: rounds)
    }
}
