/// A wait that ended at its deadline; fails the test that doesn't catch it.
package struct DeadlinePassed: Error, CustomStringConvertible {
    package let description: String
}

/// Waits until `condition` holds, looking again every `interval`.
///
/// Errors that `condition` throws before the deadline mean "not yet" and are told when it passes.
package func eventually(
    _ what: String,
    within limit: Duration = .seconds(20),
    every interval: Duration = .milliseconds(20),
    _ condition: () async throws -> Bool
) async throws {
    _ = try await eventually(what, within: limit, every: interval) { try await condition() ? () : nil }
}

/// Waits until `value` gives something, and returns that.
package func eventually<Value>(
    _ what: String,
    within limit: Duration = .seconds(20),
    every interval: Duration = .milliseconds(20),
    _ value: () async throws -> Value?
) async throws -> Value {
    let clock = ContinuousClock()
    let end = clock.now + limit
    var last: (any Error)?
    repeat {
        do {
            if let value = try await value() { return value }
            last = nil
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            last = error
        }
        try await clock.sleep(for: interval)
    } while clock.now < end
    throw DeadlinePassed(
        description: "not within \(limit): \(what)" + (last.map { "; the last attempt threw: \($0)" } ?? "")
    )
}

/// Runs `body`, and cancels it at the deadline.
package func within<Value: Sendable>(
    _ limit: Duration,
    _ what: String,
    _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await ContinuousClock().sleep(for: limit)
            throw DeadlinePassed(description: "not within \(limit): \(what)")
        }
        defer { group.cancelAll() }
        guard let first = try await group.next() else { throw CancellationError() }
        return first
    }
}
