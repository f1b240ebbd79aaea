import Dispatch

/// Work that reads and writes files or goes through whole models, away from the threads that Swift's tasks share.
enum Blocking {
    private static let queue = DispatchQueue(label: "fedops.engines.blocking", attributes: .concurrent)

    static func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result(catching: work)) }
        }
    }
}
