import Foundation
import Git
import TestSupport
import Testing

/// Tests that measure their process, each in one of its own.
@Suite(.enabled(if: FileManager.default.fileExists(atPath: "/proc/self/status")))
struct MeasuredTests {
    @Test(.enabled(if: !OwnProcess.isThis)) func hundredsOfPollsLeaveNothingBehind() async throws {
        try await OwnProcess.run("MeasuredTests/pollsAlone")
    }

    @Test(.enabled(if: OwnProcess.isThis)) func pollsAlone() async throws {
        try await withFixture { fixture in
            let world = try await RemoteWorld(fixture)
            let server = try await HTTPGitServer.start(root: world.root, fixture: fixture)
            let spec = GitRemoteSpec(url: server.url("project.git"))
            let missing = GitRemoteSpec(url: "file://\(fixture.url("missing").path)", allowFile: true)
            try await world.fetch(spec, tags: ["v1.0.0"])
            func poll() async throws {
                let refs = try await world.list(spec)
                let mirror = try world.opened()
                #expect(try mirror.reachable(among: Set(refs.tags.values), from: world.commits[1]).count == 2)
                _ = try? await world.list(missing)
            }
            for _ in 0..<30 { try await poll() }
            let before = try OwnProcess.usage()
            for _ in 0..<200 { try await poll() }
            let after = try OwnProcess.usage()
            #expect(after.descriptors <= before.descriptors)
            #expect(after.resident - before.resident < 4 << 20, "grew from \(before.resident) to \(after.resident)")
            #expect(Workers(world).running.isEmpty)
        }
    }

    @Test(.enabled(if: !OwnProcess.isThis)) func aGigabyteIsRefusedByItsHeader() async throws {
        try await OwnProcess.run("MeasuredTests/gigabyteAlone")
    }

    @Test(.enabled(if: OwnProcess.isThis)) func gigabyteAlone() async throws {
        try await withFixture { fixture in
            let world = try await RemoteWorld(fixture)
            let zeros = fixture.url("zeros")
            try await requireProcess("truncate", ["-s", "1G", zeros.path])
            let blob = try await world.repository.git("hash-object", "-w", zeros.path)
            let tree = try await world.repository.tree([("100644", "weights.bin", blob)])
            let commit = try await world.repository.commit(tree: tree)
            let server = try await HTTPGitServer.start(root: world.root, fixture: fixture)
            try await world.fetch(GitRemoteSpec(url: server.url("project.git")))

            let mirror = try world.opened()
            let before = try OwnProcess.usage()
            let error = try await gitError { _ = try mirror.tree(of: commit) }
            #expect(error.kind == .refused)
            #expect(error.message.contains("weights.bin"))
            #expect(error.message.contains("1073741824 bytes"))
            #expect(try await gitError { _ = try mirror.readBlob(blob) { $0.count } }.kind == .refused)
            #expect(try OwnProcess.usage().peak - before.peak < 16 << 20)
        }
    }
}
