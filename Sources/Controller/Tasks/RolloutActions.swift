import API
import Core
import Store

/// What operators do to rollouts.
struct RolloutActions: Sendable {
    var site: ControllerSite
    var tasks: TaskRegistry
    var views: Views

    func undo(_ task: String, to reference: String?) async throws -> RolloutView {
        let entry = try tasks.entry(task)
        let state = entry.mailbox.state
        let release: Release
        if let reference {
            _ = try views.revision(task, reference)
            guard let found = try site.store.release(task, reference) else {
                throw RequestError.conflict(
                    "revision \(reference) of task \(task) isn't ready",
                    "only a revision whose build and tests passed can be rolled out: fedops revision ls \(task)"
                )
            }
            release = found
        } else {
            release = try previous(state)
        }
        if state.target?.number == release.number {
            throw RequestError.conflict("nodes of task \(task) are on \(release.name), or on their way to it, already")
        }
        try await entry.mailbox.send(.undo(release))
        return try current(entry)
    }

    /// The release that nodes came from.
    private func previous(_ state: TaskState) throws -> Release {
        if let rollout = state.rollout, !rollout.phase.isFinal, let from = rollout.from { return from }
        let completed = try site.store.rollouts(state.task).first {
            $0.phase == .completed && $0.to.number == state.current && $0.from != nil
        }
        guard let from = completed?.from else {
            throw RequestError.conflict(
                "task \(state.task) has no revision before the current one",
                "name one: fedops rollout undo \(state.task) --to REVISION"
            )
        }
        return from
    }

    func pause(_ task: String, reason: String?) async throws -> RolloutView {
        let entry = try tasks.entry(task)
        try requireActive(entry.mailbox.state)
        let state = try await entry.mailbox.send(.rolloutPaused(reason: reason ?? "by an operator"))
        guard state.rollout?.phase == .paused else {
            throw RequestError.conflict("the rollout of task \(task) can't be paused: it is rolling back, or has ended")
        }
        return try current(entry)
    }

    func resume(_ task: String) async throws -> RolloutView {
        let entry = try tasks.entry(task)
        guard entry.mailbox.state.rollout?.phase == .paused else {
            throw RequestError.conflict("task \(task) has no paused rollout")
        }
        try await entry.mailbox.send(.rolloutResumed)
        return try current(entry)
    }

    private func requireActive(_ state: TaskState) throws {
        guard let rollout = state.rollout, !rollout.phase.isFinal else {
            throw RequestError.conflict("task \(state.task) has no rollout under way")
        }
    }

    private func current(_ entry: TaskRegistry.Entry) throws -> RolloutView {
        guard let view = views.activeRollout(entry.mailbox.state) else {
            throw RequestError.conflict("task \(entry.mailbox.task) has no rollout")
        }
        return view
    }
}
