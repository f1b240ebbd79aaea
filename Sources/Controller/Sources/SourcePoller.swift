import Core
import Foundation
import Git
import Logging
import Store
import Synchronization

/// Watches one task's remote. One poll runs at a time; what it saw, and the builds that follow from it, are stored in
/// one transaction.
final class SourcePoller: Sendable {
    private enum Request: Sendable {
        case due
        /// The time that was set has come; a poll meanwhile may have put it off.
        case alarm(Instant)
        /// With `afresh`, whatever the mirror holds is thrown away first.
        case now(afresh: Bool, CheckedContinuation<SourceState, any Error>)
        case stop(CheckedContinuation<Void, Never>)
    }

    /// Which of some commits a head holds; walking a long history again is not for every poll.
    private struct Walk: Sendable {
        var head: CommitHash
        var commits: Set<String>
        var reachable: Set<String>
    }

    let task: String
    private let committed: Mutex<SourceState>
    private let requests: AsyncStream<Request>
    private let inbox: AsyncStream<Request>.Continuation
    private let due = Atomic(false)
    private let rule: TagRule
    private let lastWalk = Mutex<Walk?>(nil)
    private let site: ControllerSite
    private let permits: Permits
    private let onBuild: @Sendable () -> Void

    init(_ state: SourceState, _ site: ControllerSite, permits: Permits, onBuild: @escaping @Sendable () -> Void) throws
    {
        task = state.task
        committed = Mutex(state)
        (requests, inbox) = AsyncStream.makeStream(of: Request.self)
        rule = try TagRule(state.spec.tags)
        self.site = site
        self.permits = permits
        self.onBuild = onBuild
    }

    var state: SourceState { committed.withLock { $0 } }

    /// Starts a poll where one is due and none is under way.
    func tick(at instant: Instant) {
        guard state.nextPoll.map({ $0 <= instant }) ?? true else { return }
        guard !due.exchange(true, ordering: .acquiringAndReleasing) else { return }
        inbox.yield(.due)
    }

    /// Polls at once and returns what is known after it.
    ///
    /// - Parameter afresh: Fetch everything again, for a mirror that has lost something.
    func poll(afresh: Bool = false) async throws -> SourceState {
        try await withCheckedThrowingContinuation { continuation in
            if case .terminated = inbox.yield(.now(afresh: afresh, continuation)) {
                continuation.resume(throwing: RequestError.noTask(task))
            }
        }
    }

    func stop() async {
        await withCheckedContinuation { continuation in
            if case .terminated = inbox.yield(.stop(continuation)) { continuation.resume() }
        }
    }

    func run() async {
        await withDiscardingTaskGroup { group in
            var alarm: Instant?
            for await request in requests {
                if case .alarm(let set) = request, set == alarm { alarm = nil }
                await take(request)
                // The ticker looks once a tick, which is long beside a short interval: it is there for what this misses.
                let instant = site.now()
                guard let next = state.nextPoll, next > instant, alarm.map({ next < $0 }) ?? true else { continue }
                alarm = next
                group.addTask { [self] in
                    try? await Task.sleep(for: .seconds(next.seconds(since: instant)))
                    if !Task.isCancelled { inbox.yield(.alarm(next)) }
                }
            }
            inbox.finish()
            group.cancelAll()
        }
    }

    private func take(_ request: Request) async {
        switch request {
        case .due:
            _ = try? await pollOnce()
            due.store(false, ordering: .releasing)
        case .alarm: tick(at: site.now())
        case .now(let afresh, let caller):
            do {
                if afresh { try removeMirror() }
                caller.resume(returning: try await pollOnce())
            } catch {
                caller.resume(throwing: error)
            }
        case .stop(let caller):
            inbox.finish()
            caller.resume()
        }
    }

    private func removeMirror() throws {
        let place = site.folder.mirror(of: task)
        if FileManager.default.fileExists(atPath: place.path) { try FileManager.default.removeItem(at: place) }
    }

    private func pollOnce() async throws -> SourceState {
        let event: SourceEvent
        do {
            let seen = try await permits.withPermit { try await look() }
            event = .observed(seen, jitter: .random(in: 0..<1))
            site.metrics.polls.add(1, ordering: .relaxed)
        } catch let error as GitError {
            let failure = PollFailure(kind: error.kind.rawValue, message: error.message, since: site.now())
            event = .failed(failure, jitter: .random(in: 0..<1))
            site.metrics.pollFailures.add(1, ordering: .relaxed)
        }
        var next = state
        let effects = next.apply(event, rule: rule, at: site.now())
        try commit(next, effects)
        return next
    }

    private func commit(_ next: SourceState, _ effects: [SourceEffect]) throws {
        do {
            try site.store.save(next, effects: effects, at: site.now())
        } catch {
            site.logger.error("a poll was not stored", metadata: ["task": "\(task)", "error": "\(error)"])
            throw error
        }
        committed.withLock { $0 = next }
        for effect in effects {
            switch effect {
            case .record(let event):
                RecordLog.write(.event(event), task: task, to: site.logger)
                site.signals.signal(.events)
            case .build(let key):
                let metadata: Logger.Metadata = [
                    "task": "\(task)", "revision": "\(key.name)", "commit": "\(key.commit)",
                ]
                site.logger.info("revision chosen", metadata: metadata)
                onBuild()
            }
        }
    }

    /// Lists the remote's refs, and fetches only where that showed something whose commits are needed and not here.
    private func look() async throws -> SourceObservation {
        let state = state
        let remote = GitRemoteSpec(state.spec, allowFile: site.options.allowFileRemotes)
        let refs = try await site.git.listRefs(remote, branch: state.spec.branch, deadline: site.options.listDeadline)
        guard let headText = refs.branches[state.spec.branch], let head = CommitHash(headText) else {
            throw GitError(
                .notFound,
                "the remote has no branch \"\(state.spec.branch)\": push it, or add the task with another --branch"
            )
        }
        let tags = refs.tags.compactMapValues { CommitHash($0) }
        let place = site.folder.mirror(of: task)
        // A tag that was moved keeps the meaning that it had first; where it leads now is of no interest.
        let candidates = tags.filter { name, commit in
            rule.matches(name) && (state.tags[name].map { $0.commit == commit } ?? true)
        }
        var mirror = try? GitMirror(path: place)
        if needsFetch(mirror, head: head, candidates: candidates, state) {
            let names = state.spec.deployOn == .tag ? candidates.keys.sorted() : []
            try await site.git.fetch(
                remote,
                into: place,
                branch: state.spec.branch,
                tags: names,
                deadline: site.options.fetchDeadline
            )
            mirror = try GitMirror(path: place)
            site.metrics.fetches.add(1, ordering: .relaxed)
        }
        guard let mirror else { throw GitError(.transient, "the mirror isn't there yet") }
        return SourceObservation(
            head: head,
            tags: tags,
            reachable: try reachable(candidates, from: head, in: mirror)
        )
    }

    private func needsFetch(
        _ mirror: GitMirror?,
        head: CommitHash,
        candidates: [String: CommitHash],
        _ state: SourceState
    ) -> Bool {
        guard let mirror else { return true }
        // A tag that was seen before was fetched then, even if what it leads to is no commit.
        if mirror.contains(head.text) {
            return candidates.contains { state.tags[$0.key] == nil && !mirror.contains($0.value.text) }
        }
        switch state.spec.deployOn {
        case .push: return true
        case .tag:
            // Another push alone changes nothing while every tag is known to be on the branch.
            let known = candidates.allSatisfy { name, _ in
                state.tags[name] != nil && !state.unreachable.contains(name)
            }
            return !known
        }
    }

    private func reachable(
        _ candidates: [String: CommitHash],
        from head: CommitHash,
        in mirror: GitMirror
    ) throws -> Set<String> {
        // The branch moved, but nothing that was fetched depends on where to.
        guard mirror.contains(head.text) else { return Set(candidates.keys) }
        let commits = Set(candidates.values.map(\.text))
        var walk = lastWalk.withLock { $0 }
        if walk?.head != head || walk?.commits != commits {
            let reachable = try mirror.reachable(among: commits, from: head.text)
            walk = Walk(head: head, commits: commits, reachable: reachable)
            lastWalk.withLock { [walk] in $0 = walk }
        }
        return Set(candidates.filter { walk?.reachable.contains($0.value.text) == true }.keys)
    }
}
