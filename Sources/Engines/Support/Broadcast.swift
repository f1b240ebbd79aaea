import Synchronization

/// Wakes all that wait for a change of some state, which lives elsewhere under its own lock.
final class Broadcast: Sendable {
    private let listeners = Mutex<(next: Int, continuations: [Int: AsyncStream<Void>.Continuation])>((0, [:]))

    func wake() {
        let all = listeners.withLock { Array($0.continuations.values) }
        for continuation in all { continuation.yield() }
    }

    /// Waits until `find` gives a value, asking it at once and after each change; `nil` when `seconds` have passed or the
    /// task is cancelled.
    func wait<Value: Sendable>(
        upTo seconds: Double,
        for find: @escaping @Sendable () -> Value?
    ) async -> Value? {
        // Listening starts before the first look, so that no change falls between the two.
        let (changes, id) = listen()
        defer { listeners.withLock { $0.continuations.removeValue(forKey: id) }?.finish() }
        if let found = find() { return found }
        guard seconds > 0 else { return nil }
        return await withTaskGroup(of: Value?.self) { group in
            group.addTask {
                for await _ in changes {
                    if let found = find() { return found }
                }
                return nil
            }
            group.addTask {
                try? await Task.sleep(for: .seconds(seconds))
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }

    private func listen() -> (AsyncStream<Void>, Int) {
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let id = listeners.withLock { state in
            state.next += 1
            state.continuations[state.next] = continuation
            return state.next
        }
        return (stream, id)
    }
}
