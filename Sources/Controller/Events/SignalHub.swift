import Synchronization

/// Wakes those who watch a topic, without a queue behind any of them: a watcher that sleeps through ten changes is woken
/// once and reads the newest state, so that thousands of slow streams cost a flag each.
final class SignalHub<Topic: Hashable & Sendable>: Sendable {
    enum Wake: Sendable { case changed, heartbeat }

    private final class Watcher: Sendable {
        let continuation: AsyncStream<Void>.Continuation
        private let changed = Atomic(true)

        init(_ continuation: AsyncStream<Void>.Continuation) { self.continuation = continuation }

        func signal() {
            changed.store(true, ordering: .releasing)
            continuation.yield()
        }

        func wake() -> Wake { changed.exchange(false, ordering: .acquiringAndReleasing) ? .changed : .heartbeat }
    }

    private struct State {
        var watchers: [Topic: [Int: Watcher]] = [:]
        var count = 0
    }

    private let state = Mutex(State())

    /// Yields `changed` at once, then at each signal, and `heartbeat` at each heartbeat that finds nothing new.
    func wakes(on topic: Topic) -> AsyncMapSequence<AsyncStream<Void>, Wake> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let watcher = Watcher(continuation)
        let id = state.withLock { state in
            state.count += 1
            state.watchers[topic, default: [:]][state.count] = watcher
            return state.count
        }
        continuation.onTermination = { [weak self] _ in self?.remove(id, from: topic) }
        continuation.yield()
        return stream.map { watcher.wake() }
    }

    func signal(_ topic: Topic) {
        let watchers = state.withLock { $0.watchers[topic].map { Array($0.values) } ?? [] }
        for watcher in watchers { watcher.signal() }
    }

    /// Lets every watcher show that it is there, which is also how a stream finds out that its reader has gone.
    func heartbeat() {
        let watchers = state.withLock { $0.watchers.values.flatMap(\.values) }
        for watcher in watchers { watcher.continuation.yield() }
    }

    func watchers(of topic: Topic) -> Int { state.withLock { $0.watchers[topic]?.count ?? 0 } }

    var count: Int { state.withLock { $0.watchers.values.reduce(0) { $0 + $1.count } } }

    private func remove(_ id: Int, from topic: Topic) {
        state.withLock { state in
            state.watchers[topic]?[id] = nil
            if state.watchers[topic]?.isEmpty == true { state.watchers[topic] = nil }
        }
    }
}
