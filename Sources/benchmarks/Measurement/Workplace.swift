import TestSupport
import UnixSignals

/// Gives `body` a folder and whatever it starts with it. All of it is gone when this returns: after a failure and after
/// Ctrl-C too, which ends `body` by cancelling it.
func withWorkplace<Value: Sendable>(
    _ name: String,
    _ body: @escaping @Sendable (Fixture) async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value.self) { group in
        group.addTask {
            let outcome = try await withFixture(name) { fixture in
                // As a value, since a test's folder stays where its body throws.
                do { return Result<Value, any Error>.success(try await body(fixture)) } catch { return .failure(error) }
            }
            return try outcome.get()
        }
        group.addTask {
            for await signal in await UnixSignalsSequence(trapping: .sigint, .sigterm) {
                throw BenchmarkError("stopped by \(signal)")
            }
            throw CancellationError()
        }
        defer { group.cancelAll() }
        guard let value = try await group.next() else { throw CancellationError() }
        return value
    }
}

struct BenchmarkError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
