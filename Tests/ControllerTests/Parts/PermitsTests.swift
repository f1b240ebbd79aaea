import Synchronization
import Testing

@testable import Controller

@Suite struct PermitsTests {
    @Test("no more than so many are inside at one time, and all get in")
    func limit() async throws {
        let permits = Permits(3)
        let (inside, most, done) = (Mutex(0), Mutex(0), Mutex(0))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    try await permits.withPermit {
                        let now = inside.withLock { count -> Int in
                            count += 1
                            return count
                        }
                        most.withLock { $0 = max($0, now) }
                        for _ in 0..<10 { await Task.yield() }
                        inside.withLock { $0 -= 1 }
                        done.withLock { $0 += 1 }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(done.withLock { $0 } == 50)
        #expect((1...3).contains(most.withLock { $0 }))
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
