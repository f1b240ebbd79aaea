import Artifacts
import Core
import Foundation
import Logging
import Store

/// Throws away what no revision that is ready needs any more: blobs, wheelhouses and environments of builds that failed and
/// of tasks that were removed, and old records of steps that passed. Never while a build is storing.
struct CleanUp: Sendable {
    private static let day = 24.0 * 3600
    private static let stepRecordsAge = 90 * day
    /// A build that failed, or was interrupted, is soon followed by another with the same packages.
    private static let wheelhouseAge = 7 * day

    private let site: ControllerSite
    private let folders: BuildFolders

    init(_ site: ControllerSite) {
        self.site = site
        folders = BuildFolders(root: site.folder.builds)
    }

    func collect() {
        do {
            let (manifests, released) = try site.store.artifacts()
            let environments = try released.union(recentWheelhouses())
            var used = manifests.union(environments)
            for digest in manifests {
                // A manifest that can't be read is said when it is asked for; meanwhile nothing of it is known, and so
                // nothing at all may go.
                let data = try site.blobs.data(digest)
                used.formUnion(try Manifest(verifying: data, digest: digest).blobs.keys)
            }
            for digest in environments {
                let data = try site.blobs.data(digest)
                used.formUnion(try WheelManifest(verifying: data, digest: digest).blobs.keys)
            }
            let freed = try site.blobs.removeAll(except: used)
            try removeBuilds(keeping: environments)
            if freed > 0 { site.logger.info("removed what no revision needs", metadata: ["bytes": "\(freed)"]) }
        } catch {
            site.logger.warning("what isn't needed can't be removed", metadata: ["error": "\(error)"])
        }
    }

    private func removeBuilds(keeping environments: Set<ContentDigest>) throws {
        for (place, digest) in wheelhouses() where !environments.contains(digest) {
            try FileManager.default.removeItem(at: place)
        }
        for place in contents(folders.environments) {
            // Beside an environment lie its lock and the folder of the work on it.
            let hex = place.lastPathComponent.split(separator: ".").first.map(String.init) ?? ""
            if let digest = ContentDigest(hex), !environments.contains(digest) {
                try FileManager.default.removeItem(at: place)
            }
        }
        for place in contents(folders.steps) {
            if try age(place) > Self.stepRecordsAge { try FileManager.default.removeItem(at: place) }
        }
    }

    /// Digests of those that were made lately and are still whole.
    private func recentWheelhouses() throws -> Set<ContentDigest> {
        Set(
            try wheelhouses().filter { try age($0.place) <= Self.wheelhouseAge && site.blobs.contains($0.digest) }
                .map(\.digest)
        )
    }

    /// A record's content is the manifest, which is a blob too.
    private func wheelhouses() -> [(place: URL, digest: ContentDigest)] {
        contents(folders.wheelhouses).compactMap { place in
            guard place.pathExtension == "json", let data = FileManager.default.contents(atPath: place.path) else {
                return nil
            }
            return (place, ContentDigest(of: data))
        }
    }

    private func age(_ place: URL) throws -> Double {
        let changed = try place.resourceValues(forKeys: [.contentModificationDateKey]).contentModificationDate
        return changed.map { site.now().seconds(since: Instant($0)) } ?? 0
    }

    private func contents(_ folder: URL) -> [URL] {
        (try? FileManager.default.contentsOfDirectory(
            at: folder,
            includingPropertiesForKeys: [.contentModificationDateKey]
        )) ?? []
    }
}
