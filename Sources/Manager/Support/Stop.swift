/// Ends one piece of work from outside, once.
final class Stop: Sendable {
    private let stream: AsyncStream<Never>
    private let continuation: AsyncStream<Never>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream(of: Never.self) }

    func fire() { continuation.finish() }

    /// Runs `body`, cancelled when the stop is fired, and returns once it has really ended. At most once for each stop.
    ///
    /// - Throws: `CancellationError` where the stop was fired, or the task cancelled, before `body` had ended, whatever
    ///   that gave in the end.
    func cancelling<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask(operation: body)
            group.addTask { [stream] in
                for await _ in stream {}
                return nil
            }
            let first = try await group.next() ?? nil
            group.cancelAll()
            while await group.nextResult() != nil {}
            guard let first, !Task.isCancelled else { throw CancellationError() }
            return first
        }
    }
}
