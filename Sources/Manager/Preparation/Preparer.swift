import Artifacts
import ControllerClient
import Core
import Foundation

/// A revision that is on disk, with its environment.
struct PreparedRevision: Sendable {
    let folder: URL
    /// Folder of the flow's file in the revision; empty for its root.
    let flowFolder: String
    let flow: Flow
    /// `nil` where the runtime is a command.
    let python: URL?
}

/// Makes assignments ready to run.
struct Preparer: Sendable {
    let folder: DataFolder
    let blobs: BlobStore
    let client: ControllerClient
    let housekeeping: WriterTurns

    /// Fetches what is missing, lays the revision out and makes its environment. Idempotent, and without a request where
    /// all is on disk.
    ///
    /// - Parameters:
    ///   - strict: Whether the revision must hold nothing but its own files; not when it was just running.
    ///   - fetched: Called between fetching and preparing.
    func prepare(
        _ assignment: Assignment,
        of task: String,
        strict: Bool,
        fetched: @Sendable () -> Void = {},
        trouble: @escaping @Sendable (String?) -> Void,
        log: @escaping @Sendable (String) -> Void
    ) async throws -> PreparedRevision {
        try await housekeeping.whileWriting {
            let fetcher = Fetcher(client: client, blobs: blobs, trouble: trouble, log: log)
            let manifest = try await fetcher.manifest(assignment.digest)
            guard manifest.commit == assignment.commit else {
                throw ManagerError(
                    "artifact \(assignment.digest) is of commit \(manifest.commit), assigned is \(assignment.commit)"
                )
            }
            let wheels: WheelManifest? =
                if let digest = assignment.environment { try await fetcher.wheels(digest) } else { nil }
            let place = RevisionFolder(place: folder.revisions(of: task).appending(path: assignment.digest.hex))
            if !place.isIntact(manifest, strict: strict) {
                try await bring(manifest, fetcher)
            }
            let environment = assignment.environment.map(folder.environment)
            if let wheels {
                try requireRoom(for: wheels.blobs, laidOut: 3, "the packages of \(assignment.name)")
                try await fetcher.fetch(wheels.blobs, what: "packages of \(assignment.name)")
            }
            fetched()
            // A blob that turns out to be damaged on this disk is taken out of the store, and fetched again.
            for attempt in 1... {
                do {
                    try place.lay(manifest, from: blobs, strict: strict)
                    break
                } catch let error as ArtifactError where !blobs.missing(manifest.blobs).isEmpty && attempt < 4 {
                    log("\(error)")
                    try await bring(manifest, fetcher)
                }
            }
            return try await environ(manifest, wheels, at: place.place, environment, log: log)
        }
    }

    private func bring(_ manifest: Manifest, _ fetcher: Fetcher) async throws {
        let name = manifest.commit.short
        try requireRoom(for: manifest.blobs, laidOut: 1, "revision \(name)", laid: manifest.bytes)
        try await fetcher.fetch(manifest.blobs, what: "revision \(name)")
    }

    /// - Parameter laidOut: How many times the room of the blobs what is made of them takes.
    private func requireRoom(
        for wanted: [ContentDigest: Int],
        laidOut: Int,
        _ what: String,
        laid: Int? = nil
    ) throws {
        let missing = blobs.missing(wanted).values.reduce(0, +)
        guard missing > 0 || laid != nil else { return }
        let whole = laid ?? wanted.values.reduce(0, +)
        try DiskRoom.require(missing + whole * laidOut, in: folder.root, for: what)
    }

    private func environ(
        _ manifest: Manifest,
        _ wheels: WheelManifest?,
        at place: URL,
        _ environment: URL?,
        log: @escaping @Sendable (String) -> Void
    ) async throws -> PreparedRevision {
        let text = try String(contentsOf: place.appending(path: manifest.flow), encoding: .utf8)
        let (parsed, diagnostics) = Flow.parse(yaml: text, file: manifest.flow)
        guard let flow = parsed else {
            let lines = diagnostics.map(\.description).joined(separator: "\n")
            throw ManagerError("the flow of this revision isn't one that this version of fedops reads:\n\(lines)")
        }
        var python: URL?
        if flow.runtime.kind == .python {
            if let wheels, let environment {
                python = try await VirtualEnvironment.prepare(
                    wheels,
                    blobs: blobs,
                    folder: environment,
                    log: log,
                    timeout: .seconds(900)
                )
            } else {
                python = try await VirtualEnvironment.bare(
                    python: flow.runtime.python,
                    folder: folder.bareEnvironment(flow.runtime.python),
                    log: log,
                    timeout: .seconds(300)
                )
            }
        }
        let parts = manifest.flow.split(separator: "/").dropLast()
        return PreparedRevision(
            folder: place,
            flowFolder: parts.joined(separator: "/"),
            flow: flow,
            python: python
        )
    }
}
