/// Ends one piece of work from outside, once.
final class Stop: Sendable {
    private let stream: AsyncStream<Never>
    private let continuation: AsyncStream<Never>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream(of: Never.self) }

    func fire() { continuation.finish() }

    /// Runs `body`, cancelled when the stop is fired, and returns once it has really ended. At most once for each stop.
    func cancelling<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask(operation: body)
            group.addTask { [stream] in
                for await _ in stream {}
                return nil
            }
            defer { group.cancelAll() }
            // The waiter also returns when the surrounding task is cancelled, and so is the body then.
            while let value = try await group.next() {
                if let value { return value }
                group.cancelAll()
            }
            throw CancellationError()
        }
    }
}
