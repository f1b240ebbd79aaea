package import Core

package struct RolloutView: Codable, Sendable, Equatable {
    package var task: String
    package var number: Int
    package var kind: Rollout.Kind
    package var phase: Rollout.Phase
    /// Names of revisions.
    package var to: String
    package var from: String?
    package var commit: CommitHash
    /// The current wave from 1, and how many there are.
    package var wave: Int
    package var waves: Int
    /// Nodes assigned to the new revision, in that order.
    package var moved: [String]
    /// Those of them that report ready on it.
    package var ready: [String]
    /// All nodes that it is about.
    package var nodes: Int
    package var started: Instant
    package var ended: Instant?
    package var reason: String?

    /// `ready` and `nodes` are what the task's state says; a rollout of the past has all its moved nodes there.
    package init(task: String, _ rollout: Rollout, ready: [String], nodes: Int) {
        self.task = task
        number = rollout.number
        kind = rollout.kind
        phase = rollout.phase
        to = rollout.to.name
        from = rollout.from?.name
        commit = rollout.to.commit
        waves = rollout.sizes(of: nodes).count
        wave = min(rollout.wave + 1, waves)
        moved = rollout.moved
        self.ready = ready
        self.nodes = nodes
        started = rollout.started
        ended = rollout.ended
        reason = rollout.reason
    }
}

/// Body of `POST /v1/tasks/{task}/rollout/undo`.
package struct UndoRequest: Codable, Sendable {
    /// A revision's name or number; the one before the current where absent.
    package var to: String?

    package init(to: String? = nil) { self.to = to }
}
