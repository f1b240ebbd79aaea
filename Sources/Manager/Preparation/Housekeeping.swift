import Artifacts
import Core
import Foundation
import Logging
import Synchronization

/// Throws away revisions, environments and blobs that nothing needs any more; never while anything is being fetched or laid out.
final class Housekeeping: Sendable {
    private let folder: DataFolder
    private let blobs: BlobStore
    private let logger: Logger
    private struct State {
        /// How many write at this moment.
        var writers = 0
        /// What isn't needed is to be thrown away as soon as nobody writes.
        var isDue = false
    }

    /// Held locked while things are thrown away, which is short.
    private let state = Mutex(State())

    init(folder: DataFolder, blobs: BlobStore, logger: Logger) {
        self.folder = folder
        self.blobs = blobs
        self.logger = logger
    }

    /// Nothing is thrown away while `body` runs.
    func whileWriting<Value>(_ body: () async throws -> Value) async throws -> Value {
        state.withLock { $0.writers += 1 }
        defer {
            state.withLock { state in
                state.writers -= 1
                collectIfDue(&state)
            }
        }
        return try await body()
    }

    /// Throws away what no task's record on disk needs, now or when the last writer is through.
    func collect() {
        state.withLock { state in
            state.isDue = true
            collectIfDue(&state)
        }
    }

    private func collectIfDue(_ state: inout State) {
        guard state.isDue, state.writers == 0 else { return }
        state.isDue = false
        do {
            var needed: [String: [Assignment]] = [:]
            for task in try folder.recordedTasks() {
                needed[task] = try TaskRecord.read(task, in: folder)?.needed
            }
            try collect(keeping: needed)
        } catch {
            logger.warning("what isn't needed can't be looked through", metadata: ["error": "\(error)"])
        }
    }

    private func collect(keeping needed: [String: [Assignment]]) throws {
        let files = FileManager.default
        let revisions = folder.root.appending(path: "revisions")
        for task in try files.contentsOfDirectory(atPath: revisions.path) {
            let names = Set((needed[task] ?? []).map(\.digest.hex))
            try remove(in: revisions.appending(path: task)) { $0 != "current" && !names.contains($0) }
            if names.isEmpty { remove(revisions.appending(path: task)) }
        }
        let assignments = needed.values.joined()
        let environments = Set(assignments.compactMap(\.environment?.hex))
        try remove(in: folder.root.appending(path: "envs")) { name in
            // Beside an environment lie its lock and the folder of the work on it.
            let hex = name.split(separator: ".").first.map(String.init) ?? name
            return ContentDigest(hex) != nil && !environments.contains(hex)
        }

        var used: Set<ContentDigest> = []
        for assignment in assignments {
            used.insert(assignment.digest)
            if let data = try? blobs.data(assignment.digest),
                let manifest = try? Manifest(verifying: data, digest: assignment.digest)
            {
                used.formUnion(manifest.blobs.keys)
            }
            guard let environment = assignment.environment else { continue }
            used.insert(environment)
            if let data = try? blobs.data(environment),
                let wheels = try? WheelManifest(verifying: data, digest: environment)
            {
                used.formUnion(wheels.blobs.keys)
            }
        }
        let freed = try blobs.removeAll(except: used)
        let wanted = Set(used.map(\.hex))
        try remove(in: blobs.root.appending(path: "partial")) { !wanted.contains($0) }
        if freed > 0 { logger.info("removed what no kept revision needs", metadata: ["bytes": "\(freed)"]) }
    }

    private func remove(in place: URL, where superfluous: (String) -> Bool) throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: place.path) where superfluous(name) {
            remove(place.appending(path: name))
        }
    }

    /// What can't be removed stays until the next time; the rest goes.
    private func remove(_ place: URL) {
        do {
            try FileManager.default.removeItem(at: place)
        } catch {
            logger.warning(
                "what isn't needed can't be removed",
                metadata: ["path": "\(place.path)", "error": "\(error)"]
            )
        }
    }
}
