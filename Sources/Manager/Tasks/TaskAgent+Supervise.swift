import Core
import FlowRunner
import Logging
import Synchronization

extension TaskAgent {
    /// Seconds for which a worker has to live before its next end counts as a first one again.
    private static let steady = Duration.seconds(60)

    /// Starts the active revision's worker whenever there is none, with growing waits where it keeps ending.
    ///
    /// - Parameters:
    ///   - worker: The one that runs already; `nil` after a start of the manager.
    ///   - id: What it says counts only while this is the task's newest supervision.
    func keepAlive(_ assignment: Assignment, _ worker: FlowWorker?, id: Int, _ stop: Stop) async {
        try? await stop.cancelling {
            var backoff = Backoff(first: 1, longest: 60)
            var running = worker
            while self.state.withLock({ $0.supervision == id }) {
                if let worker = running {
                    let started = ContinuousClock.now
                    let why = await worker.waitForExit()
                    try Task.checkCancellation()
                    guard self.state.withLock({ $0.supervision == id }) else { return }
                    if ContinuousClock.now - started > Self.steady { backoff.reset() }
                    let isFault = await self.lost(why, id: id)
                    await worker.stop()
                    if isFault { try await Task.sleep(for: backoff.nextExact()) }
                }
                do {
                    running = try await self.restart(assignment, id: id)
                } catch {
                    try Task.checkCancellation()
                    let text = Self.text(of: error)
                    self.logger.warning("worker can't be started", metadata: self.metadata(of: assignment, error))
                    self.say("manager", "the worker can't be started: \(text)")
                    await self.settle(
                        .workerFailed(message: text),
                        if: { $0.supervision == id },
                        then: { $0.isSettling = false }
                    )
                    running = nil
                    try await Task.sleep(for: backoff.nextExact())
                }
            }
        }
    }

    /// Takes the worker's end into account, and returns whether it was a fault: being killed because its stage was no
    /// longer wanted is none.
    private func lost(_ why: String?, id: Int) async -> Bool {
        let isFault = state.withLock { state in
            defer { state.hasCancelled = false }
            return why != nil && !state.hasCancelled
        }
        let text = isFault ? why ?? "" : "the worker is being started anew, since its stage was cancelled"
        logger.notice("worker ended", metadata: ["reason": "\(text)"])
        say("manager", text)
        await settle(
            .workerFailed(message: text),
            if: { $0.supervision == id },
            then: { $0.isSettling = !isFault }
        )
        return isFault
    }

    private func restart(_ assignment: Assignment, id: Int) async throws -> FlowWorker {
        // What the last worker's stages left in the revision's folder stays: only the revision's own files must be intact.
        let (worker, _) = try await launch(assignment, strict: false)
        let isFirst = state.withLock { $0.worker == nil }
        if state.withLock({ $0.supervision == id }) { raiseFlower(assignment, worker) }
        await settle(
            .workerRestored,
            if: { $0.supervision == id },
            then: { state in
                state.worker = worker
                state.isSettling = false
                if !isFirst { state.restarts += 1 }
            }
        )
        // Another revision was activated meanwhile, or the manager ends.
        guard state.withLock({ $0.supervision == id && $0.worker === worker }), !Task.isCancelled else {
            await worker.stop()
            throw CancellationError()
        }
        logger.info("worker started", metadata: ["commit": "\(assignment.commit.short)"])
        return worker
    }
}
