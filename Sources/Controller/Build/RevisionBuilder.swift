import Artifacts
import Core
import Foundation
import Git
import Logging

/// Makes an artifact of a revision: reads its files, checks its flow, builds and tests it, and gathers its packages.
///
/// The artifact is the commit's files and nothing else, so that one commit gives one digest wherever it is built. What
/// build steps write exists for the test steps and is thrown away after them: a file that nodes need has to be in the
/// commit.
struct RevisionBuilder: Sendable {
    private let blobs: BlobStore
    private let folders: BuildFolders
    private let logger: Logger

    /// - Parameter folder: Holds caches and, while a build runs, its working copy.
    init(blobs: BlobStore, folder: URL, logger: Logger) {
        self.blobs = blobs
        folders = BuildFolders(root: folder)
        self.logger = logger
    }

    /// Doing it twice is harmless. Cancelling stops the step that runs, with all its processes.
    ///
    /// Returns what was built, and what the build did for it.
    ///
    /// - Parameter progress: Told before each part of the work; what it throws ends the build.
    /// - Throws: `BuildFailure` where the revision is at fault. Any other error is not the revision's, and a later
    ///   attempt may work.
    func build(
        _ key: RevisionKey,
        source: SourceSpec,
        mirror: GitMirror,
        task: String,
        log: BuildLog,
        progress: @Sendable (BuildState) async throws -> Void
    ) async throws -> (built: BuiltRevision, account: BuildAccount) {
        var account = BuildAccount(started: Instant(Date()))
        var logger = logger
        logger[metadataKey: "task"] = "\(task)"
        logger[metadataKey: "commit"] = "\(key.commit)"
        logger.info("build started", metadata: ["revision": "\(key.name)"])
        do {
            try await progress(.building)
            log.note("revision \(key.name), commit \(key.commit)")
            let manifest = try SourceReader(mirror: mirror, blobs: blobs).manifest(of: key.commit, flow: source.flow)
            log.note("\(manifest.files.count) files, \(manifest.bytes) bytes")
            let flow = try FlowCheck(manifest, blobs: blobs, log: log)
            if flow.flow.task != task {
                log.note("the flow names its task \(flow.flow.task); here it is \(task)")
            }
            account.steps = flow.steps
            let environment = try await steps(manifest, flow, task: task, revision: key.number, &account, log, progress)
            try await progress(.packing)
            let (data, digest) = try manifest.encoded()
            try blobs.store(data)
            log.note("artifact \(digest)")
            let release = Release(
                number: key.number,
                name: key.name,
                commit: key.commit,
                digest: digest,
                environment: environment,
                policy: Policy(flow.flow)
            )
            logger.info("build finished", metadata: ["digest": "\(digest)"])
            account.finished = Instant(Date())
            return (BuiltRevision(release: release, files: manifest.files.count, bytes: manifest.bytes), account)
        } catch let failure as BuildFailure {
            log.note("failed: \(failure.reason)")
            logger.notice("build failed", metadata: ["reason": "\(failure.reason)"])
            throw failure
        } catch {
            log.note(error is CancellationError ? "stopped" : "interrupted, and tried again later: \(error)")
            throw error
        }
    }

    /// Everything that runs programs. Returns the digest of the environment, where the flow wants one.
    private func steps(
        _ manifest: Manifest,
        _ flow: FlowCheck,
        task: String,
        revision: Int,
        _ account: inout BuildAccount,
        _ log: BuildLog,
        _ progress: @Sendable (BuildState) async throws -> Void
    ) async throws -> ContentDigest? {
        let steps = flow.flow.build + flow.flow.test
        let wantsPackages = flow.flow.runtime.requirements != nil
        guard !steps.isEmpty || !flow.external.isEmpty || wantsPackages else { return nil }
        let workspace = try BuildWorkspace(folders, task: task, revision: revision)
        defer { workspace.remove() }
        try blobs.materialise(manifest, at: workspace.tree, durable: false)
        let environment = try await BuildEnvironment(
            flow,
            blobs: blobs,
            folders: folders,
            workspace: workspace,
            log: log
        )
        guard !steps.isEmpty || !flow.external.isEmpty else { return environment.digest }
        let python = try await environment.python()
        if let python { try await environment.checkExternal(with: python, in: workspace, flow: manifest.flow) }
        guard !steps.isEmpty else { return environment.digest }

        let cache = try StepCache(
            folders,
            manifest,
            flow,
            environment: environment.digest,
            python: python == nil ? nil : try await PythonInterpreter.find(flow.flow.runtime.python)
        )
        if let passed = cache.passed {
            account.stepsPassed = passed
            let names = steps.map(\.name).joined(separator: ", ")
            log.note("unchanged since \(passed.iso8601), when these steps passed; they aren't run again: \(names)")
            return environment.digest
        }
        let clock = ContinuousClock()
        let start = clock.now
        let runner = StepRunner(
            workspace: workspace,
            folder: flow.folder(in: workspace.tree),
            python: python,
            log: log
        )
        try await runner.run(flow.flow.build)
        if !flow.flow.test.isEmpty {
            try await progress(.testing)
            try await runner.run(flow.flow.test)
        }
        try cache.remember(passed: Instant(Date()), seconds: (clock.now - start) / .seconds(1))
        return environment.digest
    }
}
