import Artifacts
import Core
import Foundation
import Logging
import Synchronization

extension TaskAgent {
    /// Brings an assignment to this disk, with its environment.
    func prepare(_ assignment: Assignment, _ stop: Stop) async {
        do {
            _ = try await stop.cancelling {
                try await self.ready(assignment, strict: true) {
                    _ = try? self.apply(.stepped(assignment, .preparing))
                }
            }
            say("prepare", "revision \(assignment.name) (\(assignment.commit.short)) is ready on this node")
            await settle(.prepared(assignment))
        } catch {
            // It was replaced by another, or the manager ends: either way nothing failed.
            guard !(error is CancellationError), !Task.isCancelled else { return }
            let text =
                DiskRoom.isFull(error) ? "the disk of \(services.folder.root.path) is full: \(error)" : "\(error)"
            logger.warning("revision can't be prepared", metadata: metadata(of: assignment, error))
            say("prepare", text)
            await settle(.prepareFailed(assignment, message: text))
        }
        services.housekeeping.collectWhenQuiet()
    }

    /// What a worker can be started from; without a request where all of it is on disk.
    func ready(
        _ assignment: Assignment,
        strict: Bool,
        fetched: @escaping @Sendable () -> Void = {}
    ) async throws -> PreparedRevision {
        defer { state.withLock { $0.trouble = nil } }
        return try await services.preparer.prepare(
            assignment,
            of: task,
            strict: strict,
            fetched: fetched,
            trouble: { trouble in
                let isNews = self.state.withLock { state in
                    defer { state.trouble = trouble }
                    return state.trouble != trouble
                }
                if isNews { self.services.report() }
            },
            log: { self.say("prepare", $0) }
        )
    }

    func metadata(of assignment: Assignment, _ error: any Error) -> Logger.Metadata {
        ["commit": "\(assignment.commit.short)", "revision": "\(assignment.name)", "error": "\(error)"]
    }
}
