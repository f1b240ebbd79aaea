import Synchronization

/// Lets things be thrown away only while nobody writes: what a writer has just stored is not referred to yet.
package final class WriterTurns: Sendable {
    private struct State {
        /// How many write at this moment.
        var writers = 0
        /// Something may be there to be thrown away as soon as nobody writes.
        var isDue = false
    }

    /// Held locked while things are thrown away, which is short.
    private let state = Mutex(State())
    private let collect: @Sendable () -> Void

    /// - Parameter collect: Throws away what nothing needs; called while nobody writes and nobody can begin to.
    package init(_ collect: @escaping @Sendable () -> Void) { self.collect = collect }

    /// `collect` doesn't run while `body` does.
    package func whileWriting<Value>(_ body: () async throws -> Value) async throws -> Value {
        state.withLock { $0.writers += 1 }
        defer {
            state.withLock { state in
                state.writers -= 1
                collectIfDue(&state)
            }
        }
        return try await body()
    }

    /// Runs `collect` now, or when the last writer is through.
    package func collectWhenQuiet() {
        state.withLock { state in
            state.isDue = true
            collectIfDue(&state)
        }
    }

    private func collectIfDue(_ state: inout State) {
        guard state.isDue, state.writers == 0 else { return }
        state.isDue = false
        collect()
    }
}
