import Foundation
import Git
import TestSupport
import Testing

/// Remotes that stall, break off, lie or aren't there.
@Suite struct FaultTests {
    /// A world whose newest commit has a file that doesn't compress, so that its pack can break off in the middle.
    private func world(_ fixture: Fixture) async throws -> (RemoteWorld, HTTPGitServer, GitRemoteSpec, newest: String) {
        let world = try await RemoteWorld(fixture)
        let server = try await HTTPGitServer.start(root: world.root, fixture: fixture)
        let spec = GitRemoteSpec(url: server.url("project.git"))
        try await world.fetch(spec, tags: ["v1.0.0"])
        let newest = try await world.repository.commit(["noise.txt": noise(characters: 600_000)])
        return (world, server, spec, newest)
    }

    @Test func aStalledServerIsLeftAtTheDeadlineAndTheWorkerIsGone() async throws {
        try await withFixture { fixture in
            let (world, server, spec, _) = try await world(fixture)
            try server.set(fault: .stall)
            let start = ContinuousClock.now
            async let polled = gitError { _ = try await world.list(spec, within: .seconds(2)) }
            let worker = try await Workers(world).first()
            let arguments = try String(contentsOfFile: "/proc/\(worker)/cmdline", encoding: .utf8)
            #expect(arguments.split(separator: "\0").dropFirst() == ["git-worker"])
            let error = try await polled
            #expect(error.kind == .transient)
            #expect(error.message.contains("2 s"))
            #expect((.seconds(2)...(.seconds(30))).contains(start.duration(to: .now)))
            #expect(Workers.groupIsGone(worker))
            #expect(Workers(world).running.isEmpty)
        }
    }

    @Test func aFetchThatStallsHalfWayLeavesTheMirrorAsItWas() async throws {
        try await withFixture { fixture in
            let (world, server, spec, newest) = try await world(fixture)
            try server.set(fault: .stallPack(after: 300_000))
            let error = try await gitError { try await world.fetch(spec, within: .seconds(2)) }
            #expect(error.kind == .transient)
            try await checkRecovery(world, server, spec, newest)
        }
    }

    @Test func aTruncatedPackIsAnErrorAndLeavesTheMirrorAsItWas() async throws {
        try await withFixture { fixture in
            let (world, server, spec, newest) = try await world(fixture)
            for bytes in [0, 10, 5000, 300_000] {
                try server.set(fault: .truncate(after: bytes))
                let error = try await gitError { try await world.fetch(spec) }
                #expect(error.kind == .transient, "\(bytes): \(error)")
            }
            try await checkRecovery(world, server, spec, newest)
        }
    }

    @Test func aKilledFetchLeavesTheMirrorAsItWas() async throws {
        try await withFixture { fixture in
            let (world, server, spec, newest) = try await world(fixture)
            try server.set(fault: .stallPack(after: 300_000))
            async let fetched = gitError { try await world.fetch(spec) }
            let worker = try await Workers(world).first()
            try await eventually("a part of the pack is on disk") { try !leftovers(world).isEmpty }
            kill(worker, SIGKILL)
            let error = try await fetched
            #expect(error.kind == .transient)
            #expect(error.message.contains("signal"))
            try await checkRecovery(world, server, spec, newest)
        }
    }

    /// What was there is readable, the next fetch works, and what the broken one left is gone.
    private func checkRecovery(
        _ world: RemoteWorld,
        _ server: HTTPGitServer,
        _ spec: GitRemoteSpec,
        _ newest: String
    ) async throws {
        let before = try world.opened()
        #expect(try before.tree(of: world.commits[1]).map(\.path) == ["train.py"])
        #expect(!before.contains(newest))
        try server.set(fault: nil)
        try await world.fetch(spec)
        let after = try world.opened()
        #expect(try after.tree(of: newest).map(\.path) == ["noise.txt", "train.py"])
        #expect(try leftovers(world).isEmpty)
        try await requireProcess("git", ["-C", world.mirror.path, "fsck", "--strict", "--connectivity-only"])
    }

    private func leftovers(_ world: RemoteWorld) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: world.mirror.path + "/objects/pack")
            .filter { !$0.hasSuffix(".pack") && !$0.hasSuffix(".idx") }
    }

    @Test func aCancelledPollTakesItsWorkerWithIt() async throws {
        try await withFixture { fixture in
            let (world, server, spec, _) = try await world(fixture)
            try server.set(fault: .stall)
            let poll = Task { try await gitError { _ = try await world.list(spec, within: .seconds(600)) } }
            let worker = try await Workers(world).first()
            poll.cancel()
            #expect(try await poll.value.message.contains("cancelled"))
            #expect(Workers.groupIsGone(worker))
        }
    }

    @Test func aWorkerWithoutAParentEndsByItself() async throws {
        try await withFixture { fixture in
            let (world, server, spec, _) = try await world(fixture)
            try server.set(fault: .stall)
            let request = WorkerRequest(
                operation: .list,
                remote: spec,
                branch: "main",
                home: try fixture.makeFolder("home").path,
                lifetime: 1,
                limits: NetworkLimits()
            )
            let ended = try await runProcess(
                try Products.fedops.path,
                ["git-worker"],
                input: try JSONEncoder().encode(request),
                timeout: .seconds(20)
            )
            #expect(ended.status == -Int(SIGALRM))
            _ = world
        }
    }

    @Test func aWorkerThatCannotWorkIsNamed() async throws {
        try await withFixture { fixture in
            let world = try await RemoteWorld(fixture)
            func list(with executable: String) async throws -> GitError {
                let network = GitNetwork(executable: executable, home: fixture.url("home"))
                return try await gitError {
                    _ = try await network.listRefs(world.fileSpec, branch: "main", deadline: .seconds(20))
                }
            }
            let missing = try await list(with: fixture.url("no-such-binary").path)
            #expect(missing.kind == .invalid)
            #expect(missing.message.contains("no-such-binary can't be started"))
            // Ends before it has read its request.
            let broken = try fixture.write("#!/bin/sh\necho out of order >&2\nexit 3\n", to: "broken", mode: 0o755)
            for _ in 0..<20 {
                let error = try await list(with: broken.path)
                #expect(error.kind == .transient)
                #expect(error.message.contains("exited(3) before it answered: out of order"), "\(error)")
            }
            // Says something else than an answer.
            let chatty = try fixture.write("#!/bin/sh\ncat\n", to: "chatty", mode: 0o755)
            #expect(try await list(with: chatty.path).kind == .transient)
            // Never stops talking.
            let endless = try fixture.write("#!/bin/sh\nexec yes\n", to: "endless", mode: 0o755)
            let refused = try await list(with: endless.path)
            #expect(refused.kind == .refused)
            #expect(refused.message.contains("more refs than fit"))
            #expect(Workers(world).running.isEmpty)
        }
    }

    @Test func twoFetchesDoNotWriteToOneMirror() async throws {
        try await withFixture { fixture in
            let (world, server, spec, _) = try await world(fixture)
            try server.set(fault: .stallPack(after: 300_000))
            async let first = gitError { try await world.fetch(spec, within: .seconds(4)) }
            try await eventually("the first fetch writes") { try !leftovers(world).isEmpty }
            let error = try await gitError { try await world.fetch(spec) }
            #expect(error.kind == .transient)
            #expect(error.message.contains("another fetch"))
            _ = try await first
        }
    }

    @Test func redirectsToAnotherHostAreNotFollowed() async throws {
        try await withFixture { fixture in
            let (world, server, spec, _) = try await world(fixture)
            let before = server.requests
            try server.set(fault: .redirect(to: "http://localhost:\(server.port)"))
            let error = try await gitError { _ = try await world.list(spec) }
            #expect(error.kind == .refused)
            #expect(error.message.contains("redirect"))
            #expect(server.requests == before + 1)
        }
    }

    @Test(arguments: [
        (503, GitError.Kind.transient), (429, .transient), (403, .auth), (404, .notFound), (400, .invalid),
    ])
    func theStatusDecidesTheKind(status: Int, kind: GitError.Kind) async throws {
        try await withFixture { fixture in
            let world = try await RemoteWorld(fixture)
            let server = try await HTTPGitServer.start(root: world.root, fixture: fixture)
            try server.set(fault: .status(status))
            let error = try await gitError { _ = try await world.list(GitRemoteSpec(url: server.url("project.git"))) }
            #expect(error.kind == kind, "\(error)")
        }
    }

    @Test func aPageOfHTMLIsNoRepository() async throws {
        try await withFixture { fixture in
            let (world, server, spec, _) = try await world(fixture)
            try server.set(fault: .page)
            let error = try await gitError { _ = try await world.list(spec) }
            #expect(error.kind == .invalid)
            #expect(error.message.contains("no Git repository answers there"))
        }
    }

    @Test func nobodyListensAtAll() async throws {
        try await withFixture { fixture in
            let world = try await RemoteWorld(fixture)
            let error = try await gitError {
                _ = try await world.list(GitRemoteSpec(url: "http://127.0.0.1:\(try freePort())/project.git"))
            }
            #expect(error.kind == .transient)
            #expect(error.message.contains("127.0.0.1"))
        }
    }

    @Test func aFetchBeyondItsBytesIsRefused() async throws {
        try await withFixture { fixture in
            let (world, server, spec, newest) = try await world(fixture)
            var network = world.network
            network.limits.receivedBytes = 100_000
            let error = try await gitError {
                try await network.fetch(spec, into: world.mirror, branch: "main", tags: [], deadline: .seconds(60))
            }
            #expect(error.kind == .refused)
            #expect(error.message.contains("100000 bytes"))
            try await checkRecovery(world, server, spec, newest)
        }
    }

    @Test func aDeltaThatNeedsTooMuchMemoryIsRefused() async throws {
        try await withFixture { fixture in
            let (world, server, spec, _) = try await world(fixture)
            // A few bytes that say "the 40 MB before, with a line more": what a hostile pack is made of.
            for (index, command) in ["head -c 40000000 /dev/urandom > big", "echo more >> big"].enumerated() {
                try await requireProcess("sh", ["-c", command], in: fixture.folder)
                let blob = try await world.repository.git("hash-object", "-w", fixture.url("big").path)
                let tree = try await world.repository.tree([("100644", "big-\(index)", blob)])
                try await world.repository.commit(tree: tree, on: "part-\(index)")
            }
            let merged = try await world.repository.git(
                "commit-tree",
                "-m",
                "Both",
                "-p",
                "part-0",
                "-p",
                "part-1",
                "part-1^{tree}"
            )
            try await world.repository.git("update-ref", "refs/heads/main", merged)
            try await world.repository.git("repack", "-adq")
            var network = world.network
            network.limits.memory = 64 << 20
            let error = try await gitError {
                try await network.fetch(spec, into: world.mirror, branch: "main", tags: [], deadline: .seconds(60))
            }
            #expect(error.kind == .refused)
            #expect(error.message.contains("memory"))
            try server.set(fault: nil)
            try await world.fetch(spec)
            #expect(try world.opened().tree(of: merged).map(\.path) == ["big-1"])
        }
    }
}

/// Text that no compressor shortens much, the same each time.
func noise(characters: Int) -> String {
    var state: UInt64 = 0x9e37_79b9_7f4a_7c15
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    let bytes = (0..<characters).map { _ in
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return alphabet[Int(state >> 58)]
    }
    return String(decoding: bytes, as: UTF8.self)
}
