import Artifacts
import Core
import Foundation
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
        let source = entry.poller.state.spec
        do {
            let (built, account) = try await builder.build(
                key,
                source: source,
                mirror: mirror,
                task: effect.task,
                log: log
            ) { state in
                try store.updateRevision(effect, state: state)
                signals.signal(topic)
            }
            try sign(built, account, source: source, task: effect.task)
            try finish(effect, key, built)
        } catch let failure as BuildFailure {
            // What a build says that was stopped is not the revision's fault.
            try Task.checkCancellation()
            try fail(effect, key, failure)
        }
    }

    /// Leaves a signed account of the build beside its log, before the revision counts as built.
    private func sign(_ built: BuiltRevision, _ account: BuildAccount, source: SourceSpec, task: String) throws {
        var account = account
        var packages: [Provenance.Resource] = []
        if let digest = built.release.environment {
            let manifest = try WheelManifest(verifying: try site.blobs.data(digest), digest: digest)
            (account.python, account.platform) = (manifest.python, manifest.platform)
            packages = manifest.wheels.map { Provenance.Resource(name: $0.name, digest: ["sha256": $0.sha256.hex]) }
        }
        let provenance = Provenance(
            built.release,
            task: task,
            source: source,
            account: account,
            packages: packages,
            builder: (site.artifactKey.publicKey.id, site.options.version)
        )
        let envelope = try site.artifactKey.sign(provenance, type: Provenance.mediaType)
        let place = site.folder.provenance(of: task, revision: built.release.number)
        try Durable.makeFolder(place.deletingLastPathComponent())
        try Durable.write(try JSONAnswer.encode(envelope), to: place)
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
