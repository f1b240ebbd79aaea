import Artifacts
import Core
import Foundation
import Logging

/// Throws away revisions, environments and blobs that nothing needs any more; to be called through ``WriterTurns``, never
/// while anything is being fetched or laid out.
struct Housekeeping: Sendable {
    let folder: DataFolder
    let blobs: BlobStore
    let logger: Logger

    /// Keeps what the tasks' records on disk need.
    func collect() {
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
