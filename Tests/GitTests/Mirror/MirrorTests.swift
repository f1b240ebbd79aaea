import Foundation
import Git
import TestSupport
import Testing

/// What a mirror answers, and what it keeps.
@Suite struct MirrorTests {
    @Test func readsCommitsTreesAndFiles() async throws {
        try await withFixture { fixture in
            let repository = try await GitRepository.make(at: fixture.url("project.git"))
            let commit = try await repository.commit(
                ["src/train.py": "print(1)\n", "run.sh": "#!/bin/sh\n", "empty": ""],
                executable: ["run.sh"],
                links: ["src/data": "../shared/data", "latest": "src"],
                message: "Begin\u{1b}[31m here\n\nWith a body."
            )
            let mirror = try GitMirror(path: repository.folder)
            let info = try mirror.commit(commit)
            #expect(info.subject == "Begin [31m here")
            #expect(info.author == "A. Author <author@example.org>")
            #expect(info.time == Date(timeIntervalSince1970: 1_700_000_000))

            let entries = try mirror.tree(of: commit)
            #expect(entries.map(\.path) == ["empty", "latest", "run.sh", "src/data", "src/train.py"])
            #expect(entries.map(\.mode) == [.regular, .symlink, .executable, .symlink, .regular])
            #expect(entries.map(\.size) == [0, 3, 10, 14, 9])
            let contents = try entries.map { try mirror.readBlob($0.oid) { String(decoding: $0, as: UTF8.self) } }
            #expect(contents == ["", "src", "#!/bin/sh\n", "../shared/data", "print(1)\n"])

            #expect(try mirror.blob(at: "src/train.py", in: commit, limit: 9) == Data("print(1)\n".utf8))
            #expect(try mirror.blob(at: "run.sh", in: commit, limit: 100) == Data("#!/bin/sh\n".utf8))
            for nothing in ["src", "src/", "/src/train.py", "src/missing", "../x", "", "src/train.py/x"] {
                #expect(try mirror.blob(at: nothing, in: commit, limit: 100) == nil, "\(nothing)")
            }
            let large = try await gitError { _ = try mirror.blob(at: "src/train.py", in: commit, limit: 8) }
            #expect(large.kind == .refused)
            let link = try await gitError { _ = try mirror.blob(at: "latest/train.py", in: commit, limit: 100) }
            #expect(link.kind == .refused)
        }
    }

    @Test func knowsWhatABranchHolds() async throws {
        try await withFixture { fixture in
            let repository = try await GitRepository.make(at: fixture.url("project.git"))
            var main: [String] = []
            for index in 0..<5 { main.append(try await repository.commit(["f": "\(index)"])) }
            let side = try await repository.commit(["s": "x"], on: "side")
            let mirror = try GitMirror(path: repository.folder)
            let blob = try await repository.blob(Data("0".utf8))
            let known = Set(main + [side, blob, String(repeating: "0", count: 40)])
            #expect(try mirror.reachable(among: known, from: main[4]) == Set(main))
            #expect(try mirror.reachable(among: known, from: main[1]) == Set(main[...1]))
            #expect(try mirror.isReachable(main[4], from: main[4]))
            #expect(try !mirror.isReachable(main[4], from: main[3]))
            #expect(!mirror.contains(blob))
            #expect(!mirror.contains("main"))
            #expect(!mirror.contains(String(main[0].prefix(7))))
            for name in ["main", "HEAD", String(main[0].prefix(10)), "refs/heads/main", main[0].uppercased()] {
                #expect(try await gitError { _ = try mirror.commit(name) }.kind == .invalid, "\(name)")
            }
            let missing = String(repeating: "a", count: 40)
            #expect(try await gitError { _ = try mirror.commit(missing) }.kind == .notFound)
        }
    }

    @Test func aMovedOrDeletedTagAndAForcedPushLoseNothing() async throws {
        try await withFixture { fixture in
            let world = try await RemoteWorld(fixture)
            let server = try await HTTPGitServer.start(root: world.root, fixture: fixture)
            let spec = GitRemoteSpec(url: server.url("project.git"))
            let side = try await world.repository.commit(["s": "1"], on: "side")
            try await world.repository.tag("side", at: side, message: "Side")
            try await world.fetch(spec, tags: ["v1.0.0", "v1.1.0", "side"])

            // `v1.1.0` moves off the branch, `side` goes and its name becomes a folder, `main` is rewritten.
            let moved = try await world.repository.commit(["s": "2"], on: "side")
            try await world.repository.tag("v1.1.0", at: moved, message: "Moved")
            try await world.repository.git("update-ref", "-d", "refs/tags/side")
            try await world.repository.tag("side/v1", at: moved)
            let tree = try await world.repository.git("rev-parse", "\(world.commits[0])^{tree}")
            let rewritten = try await world.repository.commit(tree: tree, message: "Anew")
            try await world.repository.git("update-ref", "-d", "refs/heads/side")
            let refs = try await world.fetch(spec, tags: ["v1.0.0", "v1.1.0", "side", "side/v1"])
            #expect(refs.branches == ["main": rewritten])
            #expect(refs.tags == ["v1.0.0": world.commits[0], "v1.1.0": moved, "side/v1": moved])

            // Even Git's own collection of garbage, of what no ref leads to, finds none.
            try await requireProcess("git", ["-C", world.mirror.path, "gc", "--quiet", "--prune=now"])
            let mirror = try world.opened()
            for commit in world.commits + [side, moved, rewritten] {
                #expect(try !mirror.tree(of: commit).isEmpty)
            }
            #expect(try !mirror.isReachable(moved, from: rewritten))
        }
    }

    @Test func aFlippedBitIsCorruptAndSaysWhatToDo() async throws {
        try await withFixture { fixture in
            let world = try await RemoteWorld(fixture)
            let commit = try await world.repository.commit(["noise.txt": noise(characters: 200_000)])
            let server = try await HTTPGitServer.start(root: world.root, fixture: fixture)
            try await world.fetch(GitRemoteSpec(url: server.url("project.git")))
            let sound = try world.opened().tree(of: commit)
            let entry = try #require(sound.first { $0.path == "noise.txt" })

            let folder = world.mirror.appending(path: "objects/pack")
            let packs = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
                $0.hasSuffix(".pack")
            }
            let pack = folder.appending(path: try #require(packs.first))
            var bytes = try Data(contentsOf: pack)
            bytes[bytes.count / 2] ^= 1
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: pack.path)
            try bytes.write(to: pack)

            let error = try await gitError { _ = try world.opened().readBlob(entry.oid) { $0.count } }
            #expect(error.kind == .corrupt)
            #expect(error.message.contains(world.mirror.path))
            #expect(error.message.contains("fetched anew"))
            try FileManager.default.removeItem(at: world.mirror)
            try await world.fetch(GitRemoteSpec(url: server.url("project.git")))
            #expect(try world.opened().readBlob(entry.oid) { $0.count } == 200_000)
        }
    }

    @Test func aMalformedListingIsCorrupt() async throws {
        try await withFixture { fixture in
            let repository = try await GitRepository.make(at: fixture.url("hostile.git"))
            let blob = try await repository.blob(Data("x".utf8))
            let trees = [
                try await repository.tree([("100600", "odd", blob)]), try await repository.tree([("100644", "", blob)]),
                try await repository.tree([("100644", "short", "abcd")]),
                try await repository.tree([("100644", "missing", String(repeating: "1", count: 40))]),
                try await repository.tree([("40000", "file", blob)]),
            ]
            for (index, tree) in trees.enumerated() {
                let commit = try await repository.commit(tree: tree, on: "b\(index)")
                let error = try await gitError { _ = try GitMirror(path: repository.folder).tree(of: commit) }
                #expect(error.kind == .corrupt, "\(index): \(error)")
            }
        }
    }

    @Test func whatIsNoMirrorDoesNotOpen() async throws {
        try await withFixture { fixture in
            let nowhere = try await gitError { _ = try GitMirror(path: fixture.url("nowhere")) }
            #expect(nowhere.kind == .notFound)
            // Not even inside of a repository: nothing above the path is searched.
            let repository = try await GitRepository.make(at: fixture.url("project.git"))
            let within = try await gitError { _ = try GitMirror(path: repository.folder.appending(path: "objects")) }
            #expect(within.kind == .notFound)
        }
    }

    /// Only root can give a folder away, so only there can this be shown.
    @Test(.enabled(if: NSUserName() == "root"))
    func aMirrorOrRemoteOfSomebodyElseIsRefused() async throws {
        try await withFixture { fixture in
            let world = try await RemoteWorld(fixture)
            try await requireProcess("chown", ["-R", "65534", world.repository.folder.path])
            let error = try await gitError { _ = try GitMirror(path: world.repository.folder) }
            #expect(error.kind == .refused)
            #expect(error.message.contains("belongs to another user"))
            #expect(try await gitError { _ = try await world.list(world.fileSpec) }.kind == .refused)
        }
    }

    @Test func theMachinesConfigurationCountsForNothing() async throws {
        try await withFixture { fixture in
            let world = try await RemoteWorld(fixture)
            let server = try await HTTPGitServer.start(root: world.root, fixture: fixture)
            // A rewrite of URLs in what would be the user's configuration, were it read from our folder's XDG place.
            try fixture.write(
                "[url \"http://127.0.0.1:1/\"]\n\tinsteadOf = \"http://127.0.0.1:\"\n",
                to: "home/.gitconfig"
            )
            #expect(try await world.list(GitRemoteSpec(url: server.url("project.git"))).tags.count == 2)
        }
    }
}
