/// All that decides over one task: its nodes and their reports, the rollout, the gate, the run and the round.
///
/// They are one value with one mailbox, since the gate is a statement about all of them at one moment: a report that
/// arrives while a round opens is applied either before or after it, never in between. `apply(_:at:)` is the only way
/// to change it.
package struct TaskState: Codable, Sendable, Equatable {
    package var task: String
    /// Seconds after which a node that hasn't reported counts as offline.
    package var lease: Double
    package var members: [String: Member] = [:]
    /// When each node was last heard. Not stored: a controller that restarts trusts no report from before.
    package var heard: [String: Instant] = [:]

    /// Releases that anything below refers to, by number.
    package var releases: [Int: Release] = [:]
    /// The highest release number seen; an older one that arrives late is ignored.
    package var latestRelease = 0
    /// The release that the last finished rollout left the nodes on.
    package var current: Int?
    package var rollout: Rollout?
    package var rolloutCount = 0
    /// Rises whenever nodes are to try a release, be it for the first time or again.
    package var attemptCount = 0

    package var run: Run?
    package var runCount = 0
    package var round: OpenRound?
    /// When the run's newest ticket was issued, or that of the run that it continues.
    package var opened: Instant?
    /// The epoch of the newest ticket ever issued.
    package var epoch = 0
    /// The newest global model.
    package var model: ModelReference?
    package var modelCount = 0
    /// The best global model, where the flow says what is good.
    package var best: BestModel?
    /// What each client did in its last rounds; kept where the flow chooses clients by it.
    package var histories: [String: ClientHistory]?
    /// What the next round starts from, where an operator chose something else than the newest model.
    package var base = RunBase.latest
    /// The newest result that became a global model, to answer a repeated report of it.
    package var accepted: AcceptedResult?

    /// Since when, and why, a selected node isn't fit for a round.
    package var holds: [String: GateReason] = [:]
    /// When the task last became free to open rounds: no node's `wait` is counted from before.
    package var quietSince: Instant?

    package init(task: String, lease: Double) {
        self.task = task
        self.lease = lease
    }

    private enum CodingKeys: String, CodingKey {
        case task, lease, members, releases, latestRelease, current, rollout, rolloutCount, attemptCount, run, runCount,
            round, opened
        case epoch, model, modelCount, base, accepted, holds, quietSince, best, histories
    }
}

/// The round that a ticket was issued for and that hasn't ended yet.
package struct OpenRound: Codable, Sendable, Equatable {
    package var ticket: Ticket
    package var excluded: [GateReason]
    package var policy: OnNewRevision
}

package struct AcceptedResult: Codable, Sendable, Equatable {
    package var epoch: Int
    package var model: ModelReference
}

extension TaskState {
    /// Seconds for which a round's result is awaited after its deadline before the round fails.
    package static let resultGrace = 15.0

    /// The release that nodes should end on: that of the rollout under way, or else the current one.
    package var target: Release? {
        if let rollout, !rollout.phase.isFinal {
            return rollout.phase == .rollingBack ? rollout.from : rollout.to
        }
        return current.flatMap { releases[$0] }
    }

    package func isFresh(_ node: String, at instant: Instant) -> Bool {
        guard let heard = heard[node] else { return false }
        return instant.seconds(since: heard) <= lease
    }

    /// Nodes that `release`'s flow selects: the server node first, then clients in the flow's label order.
    package func selected(by release: Release) -> [Member] {
        let clients = members.values
            .filter { $0.role == .client && release.policy.participants.clients.matches($0.labels) }
            .sorted { a, b in
                let key = release.policy.rollout.orderBy
                let (x, y) = (key.flatMap { a.labels[$0] } ?? "", key.flatMap { b.labels[$0] } ?? "")
                return (x, a.node) < (y, b.node)
            }
        return [server(for: release)].compactMap { $0 } + clients
    }

    /// The server node: the first by name among those that the flow selects, so that all restarts choose the same.
    package func server(for release: Release) -> Member? {
        members.values
            .filter { $0.role == .server && release.policy.participants.server.matches($0.labels) }
            .min { $0.node < $1.node }
    }

    /// Whether this state needs to be stored again after `previous`: heartbeats that say nothing new don't.
    package func differsDurably(from previous: TaskState) -> Bool {
        func stripped(_ state: TaskState) -> TaskState {
            var state = state
            state.heard = [:]
            for node in state.members.keys {
                state.members[node]?.order?.sequence = 0
                // Its memory is another number in every report, and decides nothing.
                state.members[node]?.report?.worker?.memoryBytes = nil
                // Nor does the stage that it happened to be in.
                state.members[node]?.report?.stage = nil
            }
            return state
        }
        return stripped(self) != stripped(previous)
    }
}
