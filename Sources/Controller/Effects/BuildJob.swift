import Core
import Git
import Logging
import Store
import Synchronization

/// Builds one revision and writes down what became of it.
struct BuildJob: Sendable {
    var site: ControllerSite
    var tasks: TaskRegistry

    func run(_ effect: PendingEffect, _ key: RevisionKey) async throws {
        let entry = try tasks.entry(effect.task)
        let mirror = try await mirror(holding: key, entry)
        let topic = Topic.build(task: effect.task, revision: key.number)
        let (store, signals) = (site.store, site.signals)
        if let commit = try? mirror.commit(key.commit.text) {
            try store.updateRevision(effect, state: .building, subject: commit.subject, author: commit.author)
        }
        let log = try BuildLog(at: site.folder.log(of: effect.task, revision: key.number)) { signals.signal(topic) }
        let builder = RevisionBuilder(blobs: site.blobs, folder: site.folder.builds, logger: site.logger)
        do {
            let built = try await builder.build(
                key,
                source: entry.poller.state.spec,
                mirror: mirror,
                task: effect.task,
                log: log
            ) { state in
                try store.updateRevision(effect, state: state)
                signals.signal(topic)
            }
            try finish(effect, key, built)
        } catch let failure as BuildFailure {
            // What a build says that was stopped is not the revision's fault.
            try Task.checkCancellation()
            try fail(effect, key, failure)
        }
    }

    private func finish(_ effect: PendingEffect, _ key: RevisionKey, _ built: BuiltRevision) throws {
        let event = EventRecord(
            task: effect.task,
            at: site.now(),
            kind: .info,
            message: "revision \(key.name) (\(key.commit.short)) is built and tested"
        )
        _ = try site.store.finishBuild(effect, ready: built, events: [event], at: site.now())
        site.metrics.buildsReady.add(1, ordering: .relaxed)
        RecordLog.write(.event(event), task: effect.task, to: site.logger)
        site.signals.signal(.events)
    }

    private func fail(_ effect: PendingEffect, _ key: RevisionKey, _ failure: BuildFailure) throws {
        let event = EventRecord(
            task: effect.task,
            at: site.now(),
            kind: .warning,
            message: "revision \(key.name) (\(key.commit.short)) failed: \(failure.reason)"
        )
        try site.store.failBuild(
            effect,
            reason: failure.reason,
            logTail: failure.logTail,
            events: [event],
            at: site.now()
        )
        site.metrics.buildsFailed.add(1, ordering: .relaxed)
        RecordLog.write(.event(event), task: effect.task, to: site.logger)
        site.signals.signal(.events)
    }

    /// The task's mirror, fetched again where it has lost the commit.
    private func mirror(holding key: RevisionKey, _ entry: TaskRegistry.Entry) async throws -> GitMirror {
        let place = site.folder.mirror(of: entry.mailbox.task)
        if let mirror = try? GitMirror(path: place), mirror.contains(key.commit.text) { return mirror }
        _ = try await entry.poller.poll(afresh: true)
        let mirror = try GitMirror(path: place)
        guard mirror.contains(key.commit.text) else {
            throw GitError(.notFound, "the remote no longer has commit \(key.commit) of revision \(key.name)")
        }
        return mirror
    }
}
