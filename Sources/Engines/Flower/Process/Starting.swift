import Synchronization

/// How far a start has come: the parts that are up, and the ports at which they listen.
final class Starting: Sendable {
    enum Part: Sendable { case forwarder, program, runner }

    private let parts = Mutex<[Part: Int]>([:])
    private let changes: Broadcast

    /// - Parameter changes: Woken at each step.
    init(_ changes: Broadcast) { self.changes = changes }

    func isUp(_ part: Part, at port: Int = 0) {
        parts.withLock { $0[part] = port }
        changes.wake()
    }

    /// The part's port, as soon as it is up.
    ///
    /// - Throws: `EngineError` where that takes longer than `seconds`, or the task is cancelled.
    @discardableResult
    func wait(for part: Part, _ name: String, upTo seconds: Double) async throws -> Int {
        guard let port = await changes.wait(upTo: seconds, for: { self.parts.withLock { $0[part] } }) else {
            throw EngineError("\(name) did not start within \(Int(seconds)) s")
        }
        return port
    }
}
