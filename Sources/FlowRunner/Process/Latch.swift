import Synchronization

/// A value that is set once, and any number of tasks that wait for it.
final class Latch<Value: Sendable>: Sendable {
    private struct State {
        var value: Value?
        var waiting: [Int: CheckedContinuation<Value?, Never>] = [:]
        var next = 0
    }

    private let state = Mutex(State())

    /// The first value stays.
    func set(_ value: Value) {
        let waiting = state.withLock { state in
            guard state.value == nil else { return [CheckedContinuation<Value?, Never>]() }
            state.value = value
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for continuation in waiting { continuation.resume(returning: value) }
    }

    var current: Value? { state.withLock { $0.value } }

    /// The value; nil when the task is cancelled before it is set.
    func wait() async -> Value? {
        let id = state.withLock { state in
            state.next += 1
            return state.next
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (resume, value) = state.withLock { state -> (Bool, Value?) in
                    if let value = state.value { return (true, value) }
                    if Task.isCancelled { return (true, nil) }
                    state.waiting[id] = continuation
                    return (false, nil)
                }
                if resume { continuation.resume(returning: value) }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: id) }?.resume(returning: nil)
        }
    }

    /// Waits even when the task is cancelled, for what surely comes soon.
    func waitUncancelled() async -> Value? {
        await withCheckedContinuation { continuation in
            let value = state.withLock { state -> Value? in
                guard state.value == nil else { return state.value }
                state.next += 1
                state.waiting[state.next] = continuation
                return nil
            }
            if let value { continuation.resume(returning: value) }
        }
    }

    /// The value, or nil when it isn't set in time.
    func wait(atMost limit: Duration) async -> Value? {
        await withTaskGroup(of: Value?.self) { group in
            group.addTask { await self.wait() }
            group.addTask {
                try? await Task.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }
}
