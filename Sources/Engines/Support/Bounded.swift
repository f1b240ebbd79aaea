import Synchronization

/// Notes that bytes move.
final class Progress: Sendable {
    private let last = Mutex<ContinuousClock.Instant?>(.now)

    func note() { last.withLock { $0 = .now } }

    /// Nothing has to move from here on, as while the other side works.
    func rest() { last.withLock { $0 = nil } }

    fileprivate func idleEnd(_ idle: Duration) -> ContinuousClock.Instant? { last.withLock { $0.map { $0 + idle } } }
}

/// An exchange that took too long, as a whole or without a byte.
struct TimedOut: Error, CustomStringConvertible {
    let description: String
}

/// Bounds for a whole exchange: the deadline of async-http-client ends with the answer's head.
enum Bounded {
    /// Runs `work`; it is cancelled after `seconds`, and when it has noted no progress for `idle` seconds.
    static func run<Value: Sendable>(
        seconds: Double,
        idle: Double,
        _ work: @escaping @Sendable (Progress) async throws -> Value
    ) async throws -> Value {
        let progress = Progress()
        let end = ContinuousClock.now + .seconds(max(0, seconds))
        return try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { try await work(progress) }
            group.addTask {
                while true {
                    let idleEnd = progress.idleEnd(.seconds(idle)) ?? end
                    if ContinuousClock.now >= end { throw TimedOut(description: "it was not done in time") }
                    if ContinuousClock.now >= idleEnd { throw TimedOut(description: "no byte moved for \(idle) s") }
                    try await ContinuousClock().sleep(until: min(end, idleEnd))
                }
            }
            defer { group.cancelAll() }
            guard let value = try await group.next() else { throw CancellationError() }
            return value
        }
    }
}
