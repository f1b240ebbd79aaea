import Artifacts
import Core
import Synchronization

/// The rounds that clients may ask for: those that are open, and a few that are over, so that who comes late is told so.
final class RoundRegistry: Sendable {
    /// Rounds of a task that are remembered after they are over.
    private static let remembered = 8
    /// Requests that may wait, without a key that could be checked, for a round to open.
    private static let maximumWaiting = 1024

    private struct State {
        var desks: [String: [Int: RoundDesk]] = [:]
        var waiting = 0
    }

    private let state = Mutex(State())
    private let changes = Broadcast()

    /// Whether the round was put in; another one of its epoch that is open keeps its place.
    func open(_ desk: RoundDesk) -> Bool {
        let opened = state.withLock { state in
            var rounds = state.desks[desk.ticket.task] ?? [:]
            if let other = rounds[desk.ticket.epoch], !other.isClosed { return false }
            rounds[desk.ticket.epoch] = desk
            for epoch in rounds.keys.sorted().dropLast(Self.remembered) where rounds[epoch]?.isClosed == true {
                rounds[epoch] = nil
            }
            state.desks[desk.ticket.task] = rounds
            return true
        }
        changes.wake()
        return opened
    }

    /// Requests that wait for a round to open.
    var waiting: Int { state.withLock { $0.waiting } }

    func all() -> [RoundDesk] {
        state.withLock { $0.desks.values.flatMap(\.values) }
    }

    /// The round, where `bearer` is the node's key for it; waits up to `seconds` for it to open.
    func desk(
        task: String,
        epoch: Int,
        node: String,
        bearer: String,
        waiting seconds: Double
    ) async -> RoundDesk? {
        let desk: RoundDesk?
        if let known = find(task, epoch) {
            desk = known
        } else if enter() {
            desk = await changes.wait(upTo: seconds) { self.find(task, epoch) }
            leave()
        } else {
            desk = nil
        }
        guard let desk, TicketKeys.equal(bearer, TicketKeys.client(round: desk.key, node: node)) else { return nil }
        return desk
    }

    private func find(_ task: String, _ epoch: Int) -> RoundDesk? {
        state.withLock { $0.desks[task]?[epoch] }
    }

    private func enter() -> Bool {
        state.withLock { state in
            guard state.waiting < Self.maximumWaiting else { return false }
            state.waiting += 1
            return true
        }
    }

    private func leave() {
        state.withLock { $0.waiting -= 1 }
    }
}
