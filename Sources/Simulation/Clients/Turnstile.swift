import Core
import Engines
import Synchronization

/// Lets the clients of one round deliver in the order in which their updates arrive by the simulated clock, and moves that
/// clock on.
final class Turnstile: DeliveryOrder {
    private struct State {
        var pending: [String]
        var waiting: [String: CheckedContinuation<Bool, Never>] = [:]
    }

    private let arrivals: [String: Instant]
    private let clock: LocalClock
    private let state: Mutex<State>

    /// - Parameter arrivals: When each node's update arrives; equal ones go by name.
    init(_ arrivals: [String: Instant], clock: LocalClock) {
        self.arrivals = arrivals
        self.clock = clock
        state = Mutex(
            State(pending: arrivals.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map(\.key))
        )
    }

    func turn(of node: String) async throws {
        let isTurn = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.withLock { state in
                    if Task.isCancelled { return false }
                    if state.pending.first == node || !state.pending.contains(node) { return true }
                    state.waiting[node] = continuation
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: node) }?.resume(returning: false)
        }
        guard isTurn else { throw CancellationError() }
        if let arrival = arrivals[node] { clock.advance(to: arrival) }
    }

    func leave(_ node: String) {
        let next = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            state.pending.removeAll { $0 == node }
            return state.pending.first.flatMap { state.waiting.removeValue(forKey: $0) }
        }
        next?.resume(returning: true)
    }
}
