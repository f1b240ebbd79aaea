import Artifacts
import ControllerClient
import Core
import Foundation

/// Brings what a revision needs from the controller into the node's blob store: only what isn't there yet, resumed where
/// an earlier attempt was cut, and held against its digest.
struct Fetcher: Sendable {
    let client: ControllerClient
    let blobs: BlobStore
    /// Told when the controller can't be reached, so that the node's report says why it doesn't get on.
    let trouble: @Sendable (String?) -> Void
    let log: @Sendable (String) -> Void

    /// Blobs that are fetched at one time.
    static let streams = 6
    /// Bytes that one blob may have, whatever a manifest says.
    static let largest = 64 << 30
    /// Damaged answers for one thing before it counts as wrong at its origin.
    static let damages = 3

    /// The artifact's manifest, from the store or from the controller.
    func manifest(_ digest: ContentDigest) async throws -> Manifest {
        if blobs.contains(digest), let known = try? Manifest(verifying: blobs.data(digest), digest: digest) {
            return known
        }
        return try await undamaged("manifest \(digest.short)") {
            let data = try await persevering { try await client.artifact(digest) }
            let manifest = try Manifest(verifying: data, digest: digest)
            try blobs.store(data)
            return manifest
        }
    }

    /// The wheelhouse's manifest, from the store or from the controller.
    func wheels(_ digest: ContentDigest) async throws -> WheelManifest {
        if blobs.contains(digest), let known = try? WheelManifest(verifying: blobs.data(digest), digest: digest) {
            return known
        }
        try await blob(digest, size: nil)
        return try WheelManifest(verifying: blobs.data(digest), digest: digest)
    }

    /// Fetches those of `wanted` (with their sizes) that are missing, several at a time.
    func fetch(_ wanted: [ContentDigest: Int], what: String) async throws {
        let missing = blobs.missing(wanted).sorted { $0.key.hex < $1.key.hex }
        guard !missing.isEmpty else { return log("\(what): all \(wanted.count) blobs are here") }
        let bytes = missing.reduce(0) { $0 + $1.value }
        log("\(what): fetching \(missing.count) of \(wanted.count) blobs, \(bytes) bytes")
        try await withThrowingTaskGroup(of: Void.self) { group in
            var rest = missing[...]
            for _ in 0..<Self.streams {
                guard let (digest, size) = rest.popFirst() else { break }
                group.addTask { try await blob(digest, size: size) }
            }
            while try await group.next() != nil {
                guard let (digest, size) = rest.popFirst() else { continue }
                group.addTask { try await blob(digest, size: size) }
            }
        }
    }

    private func blob(_ digest: ContentDigest, size: Int?) async throws {
        try await undamaged("blob \(digest.short)") {
            try await persevering { try await resume(digest, size: size) }
        }
    }

    /// Fetches anew what came damaged, a few times.
    private func undamaged<Value: Sendable>(_ what: String, _ body: () async throws -> Value) async throws -> Value {
        var damages = 0
        while true {
            do {
                return try await body()
            } catch let error as ArtifactError {
                damages += 1
                log("\(what): \(error)")
                guard damages < Self.damages else { throw error }
            }
        }
    }

    private func resume(_ digest: ContentDigest, size: Int?) async throws {
        var writer = try BlobWriter(blobs, resuming: digest)
        if let size, writer.size > size { try writer.restart() }
        if size == nil || writer.size != size {
            let limit = size ?? (64 << 20)
            try await client.blob(digest, from: writer.size, limit: min(limit, Self.largest)) { piece, place in
                // A controller that can't resume starts at the beginning.
                if place == 0, writer.size > 0 { try writer.restart() }
                try writer.append(piece)
            }
        }
        _ = try writer.finish()
    }

    /// Tries again for as long as the controller can't be reached: there is nothing better to do, and what it wants may
    /// change meanwhile, which cancels this.
    private func persevering<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        var backoff = Backoff(first: 0.5, longest: 30)
        while true {
            do {
                let value = try await body()
                trouble(nil)
                return value
            } catch let error as ClientError where error.isTransient {
                trouble(error.description)
                try await Task.sleep(for: backoff.next())
            }
        }
    }
}
