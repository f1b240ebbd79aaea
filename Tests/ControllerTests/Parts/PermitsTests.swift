import Synchronization
import Testing

@testable import Controller

@Suite struct PermitsTests {
    private final class Counts: Sendable {
        private let values = Mutex((inside: 0, most: 0, done: 0))

        func enter() {
            values.withLock { values in
                values.inside += 1
                values.most = max(values.most, values.inside)
            }
        }

        func leave() {
            values.withLock { values in
                values.inside -= 1
                values.done += 1
            }
        }

        var most: Int { values.withLock { $0.most } }
        var done: Int { values.withLock { $0.done } }
    }

    @Test("no more than so many are inside at one time, and all get in")
    func limit() async throws {
        let permits = Permits(3)
        let counts = Counts()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    try await permits.withPermit {
                        counts.enter()
                        for _ in 0..<10 { await Task.yield() }
                        counts.leave()
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(counts.done == 50)
        #expect((1...3).contains(counts.most))
    }

    @Test("who is cancelled while it waits leaves the line, and costs no permit")
    func cancelled() async throws {
        let permits = Permits(1)
        let (release, hold) = AsyncStream<Void>.makeStream()
        let holder = Task {
            try await permits.withPermit { for await _ in release { break } }
        }
        let waiter = Task { try await permits.withPermit {} }
        waiter.cancel()
        await #expect(throws: CancellationError.self) { try await waiter.value }
        hold.yield()
        try await holder.value
        try await permits.withPermit {}
    }
}
