import Foundation
import Git
import TestSupport
import Testing

/// Listing and fetching over every transport, from real servers.
@Suite struct TransportTests {
    private func check(_ world: RemoteWorld, _ spec: GitRemoteSpec) async throws {
        let refs = try await world.list(spec)
        #expect(refs.branches == ["main": world.commits[1]])
        #expect(refs.tags == ["v1.0.0": world.commits[0], "v1.1.0": world.commits[1]])

        let fetched = try await world.fetch(spec, tags: ["v1.0.0", "v1.1.0", "gone"])
        #expect(fetched == refs)
        let mirror = try world.opened()
        #expect(world.commits.allSatisfy(mirror.contains))
        let content = try mirror.blob(at: "train.py", in: world.commits[0], limit: 100)
        #expect(content == Data("print(1)\n".utf8))

        // Nothing new: the same answer, and nothing fetched twice.
        let packs = { try FileManager.default.contentsOfDirectory(atPath: world.mirror.path + "/objects/pack").count }
        let before = try packs()
        try await world.fetch(spec, tags: ["v1.0.0", "v1.1.0"])
        #expect(try packs() == before)

        // One commit more comes as one more pack of just that.
        let third = try await world.repository.commit(["new.py": "print(3)\n"])
        try await world.fetch(spec)
        #expect(try world.opened().contains(third))
    }

    @Test func listsAndFetchesFromAFolder() async throws {
        try await withFixture { fixture in
            let world = try await RemoteWorld(fixture)
            try await check(world, world.fileSpec)
        }
    }

    @Test func listsAndFetchesOverHTTP() async throws {
        try await withFixture { fixture in
            let world = try await RemoteWorld(fixture)
            let server = try await HTTPGitServer.start(root: world.root, fixture: fixture)
            try await check(world, GitRemoteSpec(url: server.url("project.git")))
        }
    }

    @Test func listsAndFetchesOverHTTPWithAPassword() async throws {
        try await withFixture { fixture in
            let world = try await RemoteWorld(fixture)
            let password = try world.write(secret: "correct horse", to: "password")
            let server = try await HTTPGitServer.start(
                root: world.root,
                user: "reader",
                passwordFile: URL(filePath: password),
                fixture: fixture
            )
            var spec = GitRemoteSpec(url: server.url("project.git"))
            spec.username = "reader"
            spec.passwordFile = password
            try await check(world, spec)
            // The user may as well stand in the URL.
            spec.username = nil
            spec.url = spec.url.replacing("://", with: "://reader@")
            #expect(try await world.list(spec).tags.count == 2)
        }
    }

    @Test func listsAndFetchesOverHTTPSWithAnAuthorityOfItsOwn() async throws {
        try await withFixture { fixture in
            let world = try await RemoteWorld(fixture)
            let tls = try await TestCertificate.make(fixture: fixture)
            let server = try await HTTPGitServer.start(root: world.root, tls: tls, fixture: fixture)
            var spec = GitRemoteSpec(url: server.url("project.git"))
            let error = try await gitError { _ = try await world.list(spec) }
            #expect(error.kind == .refused)
            #expect(error.message.contains("certificate of localhost"))
            spec.caFile = tls.certificate.path
            try await check(world, spec)
            // One authority's word doesn't stand for another's.
            spec.caFile = try await TestCertificate.make("other", fixture: fixture).certificate.path
            #expect(try await gitError { _ = try await world.list(spec) }.kind == .refused)
        }
    }

    @Test func listsAndFetchesOverSSH() async throws {
        try await withFixture { fixture in
            let world = try await RemoteWorld(fixture)
            let server = try await SSHGitServer.start(fixture: fixture)
            var spec = GitRemoteSpec(url: server.url(world.repository.folder))
            spec.sshKeyFile = server.key.path
            spec.hostKeys = [server.fingerprint]
            try await check(world, spec)
        }
    }

    @Test func fetchesWithAKeyThatHasAPassphrase() async throws {
        try await withFixture { fixture in
            let world = try await RemoteWorld(fixture)
            let server = try await SSHGitServer.start(fixture: fixture)
            try await requireProcess(
                "ssh-keygen",
                ["-q", "-p", "-P", "", "-N", "open sesame", "-f", server.key.path]
            )
            var spec = GitRemoteSpec(url: server.url(world.repository.folder))
            spec.sshKeyFile = server.key.path
            spec.hostKeys = [server.fingerprint]
            spec.sshPassphraseFile = try world.write(secret: "open sesame", to: "passphrase")
            #expect(try await world.list(spec).branches["main"] == world.commits[1])
            spec.sshPassphraseFile = try world.write(secret: "open barley", to: "passphrase")
            let error = try await gitError { _ = try await world.list(spec) }
            #expect(error.kind == .auth)
            #expect(!error.message.contains("barley"))
        }
    }

    @Test func anEmptyRepositoryHasNothingToList() async throws {
        try await withFixture { fixture in
            let world = try await RemoteWorld(fixture)
            _ = try await GitRepository.make(at: fixture.url("remote/empty.git"))
            let server = try await HTTPGitServer.start(root: world.root, fixture: fixture)
            #expect(try await world.list(GitRemoteSpec(url: server.url("empty.git"))) == RemoteRefs())
            let error = try await gitError { try await world.fetch(GitRemoteSpec(url: server.url("empty.git"))) }
            #expect(error.kind == .notFound)
            #expect(error.message.contains("no branch main"))
        }
    }

    @Test(arguments: [true, false])
    func fetchesOnlyTheBranchAndTheWantedTags(fromAFolder: Bool) async throws {
        try await withFixture { fixture in
            let world = try await RemoteWorld(fixture)
            let side = try await world.repository.commit(["side.py": "print(4)\n"], on: "side")
            let unwanted = try await world.repository.commit(["other.py": "print(5)\n"], on: "elsewhere")
            let blob = try await world.repository.blob(Data("a key".utf8))
            try await world.repository.tag("side-1", at: side, message: "Side")
            try await world.repository.tag("nested", at: "side-1", message: "A tag of a tag")
            try await world.repository.tag("key", at: blob, message: "A tag of a file")
            try await world.repository.tag("unwanted-1", at: unwanted)
            let server = try await HTTPGitServer.start(root: world.root, fixture: fixture)
            let spec = fromAFolder ? world.fileSpec : GitRemoteSpec(url: server.url("project.git"))
            let refs = try await world.fetch(spec, tags: ["nested", "key"])
            #expect(refs.tags["nested"] == side)
            #expect(refs.tags["key"] == blob)
            let mirror = try world.opened()
            #expect(mirror.contains(side))
            #expect(!mirror.contains(unwanted))
            #expect(try mirror.isReachable(side, from: world.commits[1]) == false)
            #expect(try mirror.isReachable(blob, from: world.commits[1]) == false)
            #expect(try mirror.readBlob(blob) { $0.count } == 5)
            try await requireProcess("git", ["-C", world.mirror.path, "fsck", "--strict", "--connectivity-only"])
        }
    }

    @Test(arguments: [true, false])
    func anotherCommitCostsOnlyWhatItChanges(fromAFolder: Bool) async throws {
        try await withFixture { fixture in
            let world = try await RemoteWorld(fixture)
            let server = try await HTTPGitServer.start(root: world.root, fixture: fixture)
            let spec = fromAFolder ? world.fileSpec : GitRemoteSpec(url: server.url("project.git"))
            let large = try await world.repository.commit(["large.txt": noise(characters: 300_000)])
            try await world.repository.tag("v2", at: large, message: "Large")
            try await world.fetch(spec, tags: ["v1.0.0", "v2"])
            let first = try bytes(of: world.mirror)
            let small = try await world.repository.commit(["train.py": "print(7)\n"])
            try await world.repository.tag("v3", at: small, message: "Small")
            try await world.fetch(spec, tags: ["v1.0.0", "v2", "v3"])
            #expect(try world.opened().tree(of: small).map(\.path) == ["large.txt", "train.py"])
            #expect(first > 200_000)
            #expect(try bytes(of: world.mirror) - first < 10_000)
        }
    }

    private func bytes(of mirror: URL) throws -> Int {
        let folder = mirror.appending(path: "objects/pack").path
        return try FileManager.default.contentsOfDirectory(atPath: folder).reduce(0) { sum, name in
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")
            return sum + (attributes[.size] as? Int ?? 0)
        }
    }

    @Test func oddNamesOfRefsAreOnlyNames() async throws {
        try await withFixture { fixture in
            let world = try await RemoteWorld(fixture)
            let names = ["$(touch${IFS}x)/`y`", "-rf", "ärger/☃", "a'b\"c;d&e|f", "v1.0.0-rc.1+build%20"]
            for name in names { try await world.repository.tag(name, at: world.commits[0]) }
            let branch = "feature/$HOME;-x'"
            let head = try await world.repository.commit(["a": "b"], on: branch)
            let server = try await HTTPGitServer.start(root: world.root, fixture: fixture)
            let spec = GitRemoteSpec(url: server.url("project.git"))
            let refs = try await world.list(spec, branch: branch)
            #expect(refs.branches == [branch: head])
            #expect(Set(names).isSubset(of: refs.tags.keys))
            try await world.fetch(spec, branch: branch, tags: names)
            #expect(try world.opened().contains(head))
            // What Git's own tools would take for an expression is no name.
            for expression in ["main~1", "main^{commit}", "@{-1}", "refs/heads/main:x", "ma*n", "a..b", ""] {
                let error = try await gitError { _ = try await world.list(spec, branch: expression) }
                #expect(error.kind == .invalid, "\(expression)")
            }
        }
    }
}
