import Artifacts
import Core
import Logging
import Store
import Synchronization

/// Does what the journal says is still to be done: builds, and the deliveries that follow from them.
///
/// Nothing is remembered here that a crash could lose. Whatever is pending at a start is claimed anew, under a new
/// generation, so that an executor from before can't write any more.
final class EffectExecutor: Sendable {
    private struct Job {
        var effect: PendingEffect
        /// Ends the job's work early when it is finished.
        var stop: AsyncStream<Void>.Continuation
        var ended: [CheckedContinuation<Void, Never>] = []
    }

    private struct State {
        var jobs: [Int64: Job] = [:]
        var failures: [Int64: (count: Int, retryAt: Instant)] = [:]
        /// Tasks of which a build was stopped for a newer revision since the last one that ended by itself. The next one is
        /// let end: where pushes come faster than builds end, every other build does.
        var spared: Set<String> = []
    }

    private let state = Mutex(State())
    private let (nudges, nudger) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    private let site: ControllerSite
    private let tasks: TaskRegistry
    private let permits: Permits
    private let cleanUp: WriterTurns

    init(_ site: ControllerSite, _ tasks: TaskRegistry, _ cleanUp: WriterTurns) {
        self.site = site
        self.tasks = tasks
        self.cleanUp = cleanUp
        permits = Permits(site.options.builds)
        nudger.yield()
    }

    /// Something was written to the journal.
    func nudge() { nudger.yield() }

    /// Looks again at what failed, once its time has come.
    func tick(at instant: Instant) {
        if state.withLock({ $0.failures.values.contains { $0.retryAt <= instant } }) { nudge() }
    }

    func run() async {
        await withDiscardingTaskGroup { group in
            for await _ in nudges {
                do {
                    for job in try due() {
                        group.addTask { await self.work(on: job.effect, until: job.stopped) }
                    }
                } catch {
                    site.logger.error("the journal can't be read", metadata: ["error": "\(error)"])
                }
            }
            group.cancelAll()
        }
    }

    /// Stops the work for a task that is being removed, and returns when it has stopped.
    func forget(task: String) async {
        let ids = state.withLock { state in state.jobs.filter { $0.value.effect.task == task }.map(\.key) }
        for id in ids { await end(id) }
        state.withLock { _ = $0.spared.remove(task) }
    }

    private func end(_ id: Int64) async {
        await withCheckedContinuation { continuation in
            let found = state.withLock { state -> Bool in
                guard state.jobs[id] != nil else { return false }
                state.jobs[id]?.ended.append(continuation)
                state.jobs[id]?.stop.finish()
                return true
            }
            if !found { continuation.resume() }
        }
    }

    /// What is pending and neither under way nor waiting for its next attempt. A build under way whose revision was
    /// overtaken by a newer one is told to stop.
    private func due() throws -> [(effect: PendingEffect, stopped: AsyncStream<Void>)] {
        let pending = try site.store.pendingEffects()
        let instant = site.now()
        return state.withLock { state in
            for job in state.jobs.values where overtaking(job.effect) != nil {
                if state.spared.insert(job.effect.task).inserted { job.stop.finish() }
            }
            var due: [(PendingEffect, AsyncStream<Void>)] = []
            for effect in pending where state.jobs[effect.id] == nil && tasks.has(effect.task) {
                if let failure = state.failures[effect.id], failure.retryAt > instant { continue }
                let (stopped, stop) = AsyncStream.makeStream(of: Void.self)
                state.jobs[effect.id] = Job(effect: effect, stop: stop)
                due.append((effect, stopped))
            }
            return due
        }
    }

    /// The newer revision that makes this build useless.
    private func overtaking(_ effect: PendingEffect) -> RevisionKey? {
        guard case .build(let key) = effect.kind, let entry = try? tasks.entry(effect.task),
            let chosen = entry.poller.state.chosen, chosen.number > key.number
        else { return nil }
        return chosen
    }

    private func work(on effect: PendingEffect, until stopped: AsyncStream<Void>) async {
        var metadata: Logger.Metadata = ["task": "\(effect.task)", "revision": "\(effect.revision)"]
        var failed = false
        do {
            try await race(stopped) { try await self.carryOut(effect) }
        } catch StoreError.fenced {
            site.logger.info("effect was taken over", metadata: metadata)
        } catch is CancellationError {
            site.logger.info("effect stopped", metadata: metadata)
        } catch {
            failed = true
            metadata["error"] = "\(error)"
            site.logger.error("effect failed and is tried again", metadata: metadata)
            report(effect, error)
        }
        let waiting = state.withLock { state in
            if failed {
                let count = (state.failures[effect.id]?.count ?? 0) + 1
                state.failures[effect.id] = (count, site.now() + Run.backoff(afterFailures: count))
            } else {
                state.failures[effect.id] = nil
            }
            return state.jobs.removeValue(forKey: effect.id)?.ended ?? []
        }
        for continuation in waiting { continuation.resume() }
        site.signals.signal(.build(task: effect.task, revision: effect.revision))
        // A build that was stopped for a newer one is looked at again, to be struck off; one that worked has become a
        // delivery.
        nudge()
    }

    /// Lets status say why nothing comes of a revision: once, not at every attempt.
    private func report(_ effect: PendingEffect, _ error: any Error) {
        guard state.withLock({ $0.failures[effect.id] == nil }) else { return }
        let message = "revision \(effect.revision) is held up, and tried again: \(error)"
        let event = EventRecord(task: effect.task, at: site.now(), kind: .warning, message: message)
        do {
            try site.store.append([event])
            site.signals.signal(.events)
        } catch {
            site.logger.error("an event was not stored", metadata: ["task": "\(effect.task)", "error": "\(error)"])
        }
    }

    /// Does `body`, but cancels it as soon as `stopped` ends. Returns or throws when the body has really ended.
    private func race(_ stopped: AsyncStream<Void>, _ body: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await body()
                return true
            }
            group.addTask {
                for await _ in stopped {}
                return false
            }
            var finished = false
            while let ended = try await group.next() {
                finished = finished || ended
                group.cancelAll()
            }
            if !finished { throw CancellationError() }
        }
    }

    private func carryOut(_ effect: PendingEffect) async throws {
        guard tasks.has(effect.task) else { throw CancellationError() }
        if let newer = overtaking(effect) {
            guard let claimed = try site.store.claim(effect) else { return }
            return try site.store.supersedeBuild(claimed, by: newer.name, at: site.now())
        }
        switch effect.kind {
        case .build(let key):
            try await permits.withPermit {
                // Claimed late, so that a build that waits for its turn may still be superseded.
                guard let claimed = try self.site.store.claim(effect) else { return }
                try await self.cleanUp.whileWriting {
                    try await BuildJob(site: self.site, tasks: self.tasks).run(claimed, key)
                }
                self.state.withLock { _ = $0.spared.remove(effect.task) }
            }
        case .deliver(let release):
            guard let claimed = try site.store.claim(effect) else { return }
            try await tasks.entry(effect.task).mailbox.send(.released(release), completing: claimed)
        }
    }
}
