import Artifacts
import Core
import Foundation
import TestSupport
import Testing

@Suite("Laying a revision out")
struct MaterialiseTests {
    private let commit = CommitHash(String(repeating: "ab", count: 20))!

    private func manifest(
        _ files: [(String, Manifest.File.Mode, String)],
        in store: BlobStore
    ) throws -> Manifest {
        Manifest(
            commit: commit,
            flow: "fedops.yaml",
            files: try files.map { path, mode, text in
                let data = Data(text.utf8)
                return Manifest.File(path: path, mode: mode, size: data.count, sha256: try store.store(data))
            }
        )
    }

    @Test("Files, modes, folders and links are there as the commit has them")
    func lays() async throws {
        try await withFixture { fixture in
            let store = try BlobStore(root: fixture.url("blobs"))
            let manifest = try manifest(
                [
                    ("fedops.yaml", .regular, "task: digits\n"),
                    ("scripts/deep/run.sh", .executable, "#!/bin/sh\necho ran\n"),
                    ("empty", .regular, ""),
                    ("scripts/flow.yaml", .symlink, "../fedops.yaml"),
                ],
                in: store
            )
            let place = fixture.url("revision")
            try store.materialise(manifest, at: place)
            #expect(try await requireProcess(place.path + "/scripts/deep/run.sh") == "ran")
            #expect(
                try String(contentsOf: place.appending(path: "scripts/flow.yaml"), encoding: .utf8) == "task: digits\n"
            )
            #expect(!FileManager.default.isExecutableFile(atPath: place.path + "/fedops.yaml"))
            #expect(try Data(contentsOf: place.appending(path: "empty")).isEmpty)

            // Writing in the folder doesn't reach the store.
            try Data("changed".utf8).write(to: place.appending(path: "fedops.yaml"))
            try store.materialise(manifest, at: fixture.url("again"), durable: false)
            #expect(try String(contentsOf: fixture.url("again/fedops.yaml"), encoding: .utf8) == "task: digits\n")
        }
    }

    @Test("A blob that rotted is found, removed, and nothing is laid out")
    func rot() async throws {
        try await withFixture { fixture in
            let store = try BlobStore(root: fixture.url("blobs"))
            let manifest = try manifest([("a", .regular, "alpha"), ("b", .regular, "beta")], in: store)
            let rotten = manifest.files[1].sha256
            try Data("betA".utf8).write(to: store.url(of: rotten))
            #expect {
                try store.materialise(manifest, at: fixture.url("revision"))
            } throws: { "\($0)".hasPrefix("b was damaged on disk") }
            #expect(!store.contains(rotten))
            #expect(store.contains(manifest.files[0].sha256))
            #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.folder.path) == ["blobs"])
        }
    }

    @Test("A link out of the folder, and a place that is taken, leave nothing behind")
    func refusals() async throws {
        try await withFixture { fixture in
            let store = try BlobStore(root: fixture.url("blobs"))
            let escaping = try manifest([("a", .regular, "alpha"), ("link", .symlink, "../blobs")], in: store)
            #expect(throws: ArtifactError("the link link leads out of the revision's folder")) {
                try store.materialise(escaping, at: fixture.url("revision"))
            }
            try fixture.write("mine", to: "taken/file")
            let fine = try manifest([("a", .regular, "alpha")], in: store)
            #expect(throws: ArtifactError.self) { try store.materialise(fine, at: fixture.url("taken")) }
            #expect(try String(contentsOf: fixture.url("taken/file"), encoding: .utf8) == "mine")
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: fixture.folder.path).sorted() == ["blobs", "taken"]
            )
        }
    }
}
