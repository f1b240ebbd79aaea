import ArgumentParser
import Commands
import Foundation
import UnixSignals

/// Ctrl-C for commands that hold processes and folders of their own.
enum Interrupts {
    /// Runs `body`. SIGINT and SIGTERM cancel it, it is waited for, and the process then ends with 130, as a shell says of
    /// what a SIGINT ended. A second signal ends the process at once; its workers end with it.
    static func cancelling<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value
    {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        let work = Task { try await body() }
        let watch = Task {
            var isFirst = true
            for await _ in signals {
                guard isFirst else { exit(130) }
                isFirst = false
                Console.current.error("stopping\n")
                work.cancel()
            }
        }
        defer { watch.cancel() }
        let result = await work.result
        if work.isCancelled { throw ExitCode(130) }
        return try result.get()
    }
}
