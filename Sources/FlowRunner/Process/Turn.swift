import Synchronization

/// Lets one at a time in, first come, first served.
final class Turn: Sendable {
    private struct State {
        var taken = false
        var waiting: [(id: Int, latch: Latch<Void>)] = []
        var next = 0
    }

    private let state = Mutex(State())

    /// Runs `body` alone; nil when the task is cancelled while it waits.
    func take<Value: Sendable>(_ body: () async -> Value) async -> Value? {
        guard await enter() else { return nil }
        defer { leave() }
        return await body()
    }

    var isTaken: Bool { state.withLock { $0.taken } }

    private func enter() async -> Bool {
        let place = state.withLock { state -> (id: Int, latch: Latch<Void>)? in
            guard state.taken else {
                state.taken = true
                return nil
            }
            state.next += 1
            let place = (state.next, Latch<Void>())
            state.waiting.append(place)
            return place
        }
        guard let place else { return true }
        if await place.latch.wait() != nil { return true }
        // Cancelled; when the turn came in the same moment, it is handed on.
        let isOurs = state.withLock { state in
            guard let index = state.waiting.firstIndex(where: { $0.id == place.id }) else { return true }
            state.waiting.remove(at: index)
            return false
        }
        if isOurs { leave() }
        return false
    }

    private func leave() {
        state.withLock { state -> Latch<Void>? in
            guard !state.waiting.isEmpty else {
                state.taken = false
                return nil
            }
            return state.waiting.removeFirst().latch
        }?.set(())
    }
}
