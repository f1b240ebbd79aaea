package import Core
import Crypto
package import Foundation

/// What a revision consists of: every file of its commit by path, mode, size and SHA-256.
///
/// Its encoding is canonical, so that one commit gives one digest on any machine: keys and paths are sorted, there is no
/// white space, and nothing in it comes from the machine that made it.
package struct Manifest: Codable, Sendable, Equatable {
    package struct File: Codable, Sendable, Equatable {
        package enum Mode: String, Codable, Sendable { case regular, executable, symlink }

        /// Relative to the revision's root, with `/` between its parts.
        package var path: String
        package var mode: Mode
        /// Bytes; of a symbolic link, those of its target's text.
        package var size: Int
        /// Of the content; of a symbolic link, of its target's text.
        package var sha256: ContentDigest

        package init(path: String, mode: Mode, size: Int, sha256: ContentDigest) {
            self.path = path
            self.mode = mode
            self.size = size
            self.sha256 = sha256
        }
    }

    /// Version of this format.
    package var format = 1
    package var commit: CommitHash
    /// Path of the flow in the revision.
    package var flow: String
    /// Sorted by the bytes of their paths.
    package var files: [File]

    package init(commit: CommitHash, flow: String, files: [File]) {
        self.commit = commit
        self.flow = flow
        self.files = files.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    package var bytes: Int { files.reduce(0) { $0 + $1.size } }

    /// Every distinct blob, with its size.
    package var blobs: [ContentDigest: Int] {
        Dictionary(files.map { ($0.sha256, $0.size) }, uniquingKeysWith: { first, _ in first })
    }

    /// Reads a manifest and holds it against `digest` and against the rules for paths.
    package init(verifying data: Data, digest: ContentDigest) throws {
        self = try CanonicalJSON.decode(Manifest.self, from: data, digest: digest, what: "the artifact's manifest")
        guard format == 1 else {
            throw ArtifactError("the manifest has format \(format); this version reads format 1: update the manager")
        }
        try checkPaths()
    }

    /// Refuses what could write outside of the revision's folder, whoever made the manifest.
    package func checkPaths() throws {
        var kinds: [String: File.Mode] = [:]
        for file in files {
            guard RelativePath.isSafe(file.path) else {
                throw ArtifactError("the manifest's path \"\(file.path.prefix(200))\" leaves the revision's folder")
            }
            guard kinds.updateValue(file.mode, forKey: file.path) == nil else {
                throw ArtifactError("the manifest lists \(file.path) twice")
            }
            guard file.size >= 0 else { throw ArtifactError("the manifest gives \(file.path) a negative size") }
        }
        for file in files {
            // A file beneath another file, or beneath a link that could lead anywhere.
            for parent in RelativePath.parents(of: file.path) where kinds[parent] != nil {
                throw ArtifactError("the manifest lists \(file.path) beneath \(parent), which is not a folder")
            }
        }
    }
}

/// The packages of a revision's environment, as files that a node installs without an index.
package struct WheelManifest: Codable, Sendable, Equatable {
    package struct Wheel: Codable, Sendable, Equatable {
        package var name: String
        package var size: Int
        package var sha256: ContentDigest

        package init(name: String, size: Int, sha256: ContentDigest) {
            self.name = name
            self.size = size
            self.sha256 = sha256
        }
    }

    package var format = 1
    /// The minor version of Python that the wheels were resolved for, such as `3.11`.
    package var python: String
    /// `linux-x86_64` and the like.
    package var platform: String
    /// Sorted by name.
    package var wheels: [Wheel]

    package init(python: String, platform: String, wheels: [Wheel]) {
        self.python = python
        self.platform = platform
        self.wheels = wheels.sorted { $0.name < $1.name }
    }

    package init(verifying data: Data, digest: ContentDigest) throws {
        self = try CanonicalJSON.decode(
            WheelManifest.self,
            from: data,
            digest: digest,
            what: "the wheelhouse's manifest"
        )
        guard format == 1 else {
            throw ArtifactError("the wheelhouse has format \(format); this version reads format 1: update the manager")
        }
        for wheel in wheels where !RelativePath.isSafe(wheel.name) || wheel.name.contains("/") {
            throw ArtifactError("the wheelhouse lists \"\(wheel.name.prefix(200))\", which is not a file name")
        }
    }

    package var blobs: [ContentDigest: Int] {
        Dictionary(wheels.map { ($0.sha256, $0.size) }, uniquingKeysWith: { first, _ in first })
    }
}

/// What is wrong with an artifact or its store, for people.
package struct ArtifactError: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

extension Manifest {
    /// The canonical bytes, and their digest: the artifact's name everywhere.
    package func encoded() throws -> (data: Data, digest: ContentDigest) { try CanonicalJSON.encode(self) }
}

extension WheelManifest {
    package func encoded() throws -> (data: Data, digest: ContentDigest) { try CanonicalJSON.encode(self) }
}
