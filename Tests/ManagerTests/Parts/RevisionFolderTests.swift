import Artifacts
import Core
import Foundation
import TestSupport
import Testing

@testable import Manager

@Suite struct RevisionFolderTests {
    @Test("code that was changed on disk is told, and laid out anew")
    func tampered() async throws {
        try await withFixture { fixture in
            let blobs = try BlobStore(root: fixture.url("blobs"))
            let code = try blobs.store(Data("print(1)\n".utf8))
            let link = try blobs.store(Data("code.py".utf8))
            let commit = try #require(CommitHash(String(repeating: "a", count: 40)))
            let manifest = Manifest(
                commit: commit,
                flow: "fedops.yaml",
                files: [
                    .init(path: "code.py", mode: .regular, size: 9, sha256: code),
                    .init(path: "bin/run", mode: .executable, size: 9, sha256: code),
                    .init(path: "link.py", mode: .symlink, size: 7, sha256: link),
                ]
            )
            let folder = RevisionFolder(place: fixture.url("revisions/r"))
            #expect(!folder.isIntact(manifest, strict: false))
            try folder.lay(manifest, from: blobs, strict: true)
            #expect(folder.isIntact(manifest, strict: true))

            for (what, change) in [
                ("content", { try Data("print(2)\n".utf8).write(to: fixture.url("revisions/r/code.py")) }),
                ("removal", { try FileManager.default.removeItem(at: fixture.url("revisions/r/bin/run")) }),
                (
                    "mode",
                    {
                        try FileManager.default.setAttributes(
                            [.posixPermissions: 0o644],
                            ofItemAtPath: fixture.url("revisions/r/bin/run").path
                        )
                    }
                ),
                (
                    "link",
                    {
                        try FileManager.default.removeItem(at: fixture.url("revisions/r/link.py"))
                        try FileManager.default.createSymbolicLink(
                            atPath: fixture.url("revisions/r/link.py").path,
                            withDestinationPath: "bin/run"
                        )
                    }
                ),
            ] as [(String, () throws -> Void)] {
                try change()
                #expect(!folder.isIntact(manifest, strict: false), "\(what)")
                try folder.lay(manifest, from: blobs, strict: false)
                #expect(folder.isIntact(manifest, strict: true), "\(what)")
            }
        }
    }

    @Test("what stages left behind matters only where the revision is to begin anew")
    func extras() async throws {
        try await withFixture { fixture in
            let blobs = try BlobStore(root: fixture.url("blobs"))
            let code = try blobs.store(Data("print(1)\n".utf8))
            let commit = try #require(CommitHash(String(repeating: "a", count: 40)))
            let files = [Manifest.File(path: "code.py", mode: .regular, size: 9, sha256: code)]
            let manifest = Manifest(commit: commit, flow: "fedops.yaml", files: files)
            let folder = RevisionFolder(place: fixture.url("revisions/r"))
            try folder.lay(manifest, from: blobs, strict: true)
            try fixture.write("cache", to: "revisions/r/__pycache__/code.pyc")
            #expect(folder.isIntact(manifest, strict: true))
            try fixture.write("raise SystemExit", to: "revisions/r/numpy.py")
            #expect(folder.isIntact(manifest, strict: false))
            #expect(!folder.isIntact(manifest, strict: true))
            try folder.lay(manifest, from: blobs, strict: true)
            #expect(!FileManager.default.fileExists(atPath: fixture.url("revisions/r/numpy.py").path))
        }
    }
}
