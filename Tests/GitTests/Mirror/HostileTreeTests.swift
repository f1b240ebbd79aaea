import Foundation
import Git
import TestSupport
import Testing

/// Trees that no honest Git makes, or that would cost too much: each is refused, with its path and the rule.
@Suite struct HostileTreeTests {
    private func refusal(of commit: String, in repository: GitRepository, _ limits: TreeLimits = TreeLimits())
        async throws -> String
    {
        let error = try await gitError {
            _ = try GitMirror(path: repository.folder).tree(of: commit, limits: limits)
        }
        #expect(error.kind == .refused, "\(error)")
        #expect(error.message.contains(commit))
        return error.message
    }

    @Test func namesThatLeadElsewhere() async throws {
        try await withFixture { fixture in
            let repository = try await GitRepository.make(at: fixture.url("hostile.git"))
            let blob = try await repository.blob(Data("x".utf8))
            let folder = try await repository.tree([("100644", "config", blob)])
            let cases: [(entries: [(mode: String, name: String, oid: String)], path: String, rule: String)] = [
                ([("40000", "..", folder)], "..", "another folder"),
                ([("100644", "../evil", blob)], "../evil", "path separator"),
                ([("100644", "/etc/evil", blob)], "/etc/evil", "absolute path"),
                ([("40000", ".git", folder)], ".git", "repository's own folder"),
                ([("40000", ".GIT", folder)], ".GIT", "repository's own folder"),
                ([("100644", "git~1", blob)], "git~1", "repository's own folder"),
                ([("100644", "a\u{7}b", blob)], "a b", "control character"),
                ([("100644", "a", blob), ("100644", "a", blob)], "a", "there twice"),
                ([("100644", "a", blob), ("40000", "a", folder)], "a", "there twice"),
                ([("160000", "vendor", String(repeating: "1", count: 40))], "vendor", "submodule"),
            ]
            for (entries, path, rule) in cases {
                let inner = try await repository.tree(entries)
                let commit = try await repository.commit(tree: try await repository.tree([("40000", "sub", inner)]))
                let message = try await refusal(of: commit, in: repository)
                #expect(message.contains("sub/\(path)"), "\(message)")
                #expect(message.contains(rule), "\(message)")
            }
        }
    }

    @Test func linksOutOfTheTree() async throws {
        try await withFixture { fixture in
            let repository = try await GitRepository.make(at: fixture.url("hostile.git"))
            let targets = ["/etc/passwd", "../../outside", "x/../../../outside", "a/b/../.."]
            for (index, target) in targets.enumerated() {
                let commit = try await repository.commit([:], links: ["sub/link": target], on: "b\(index)")
                let message = try await refusal(of: commit, in: repository)
                #expect(message.contains("sub/link"))
            }
            let long = try await repository.commit([:], links: ["link": noise(characters: 5000)], on: "long")
            #expect(try await refusal(of: long, in: repository).contains("5000 bytes"))
        }
    }

    @Test func aFetchedHostileTreeIsRefusedAndTheMirrorGoesOn() async throws {
        try await withFixture { fixture in
            let world = try await RemoteWorld(fixture)
            let server = try await HTTPGitServer.start(root: world.root, fixture: fixture)
            let spec = GitRemoteSpec(url: server.url("project.git"))
            let blob = try await world.repository.blob(Data("x".utf8))
            let parent = try await world.repository.tree([("100644", "..", blob)])
            let hostile = try await world.repository.commit(tree: parent)
            try await world.fetch(spec)
            #expect(try await gitError { _ = try world.opened().tree(of: hostile) }.kind == .refused)
            let sound = try await world.repository.commit(["..": nil, "fine.py": "print(6)\n"])
            try await world.fetch(spec)
            #expect(try world.opened().tree(of: sound).map(\.path) == ["fine.py"])
        }
    }

    @Test func manyFiles() async throws {
        try await withFixture { fixture in
            let repository = try await GitRepository.make(at: fixture.url("hostile.git"))
            let who = "A <a@example.org> 1700000000 +0000"
            var stream = "blob\nmark :1\ndata 1\nx\ncommit refs/heads/main\nauthor \(who)\ncommitter \(who)\ndata 0\n"
            for index in 0..<100_000 { stream += "M 100644 :1 d\(index / 1000)/f\(index)\n" }
            try await repository.git("fast-import", "--quiet", input: Data(stream.utf8))
            let commit = try await repository.git("rev-parse", "refs/heads/main")
            let message = try await refusal(of: commit, in: repository)
            #expect(message.contains("file 50001"))
            var more = TreeLimits()
            more.files = 100_000
            #expect(try GitMirror(path: repository.folder).tree(of: commit, limits: more).count == 100_000)
        }
    }

    @Test func deepNestingAndFoldersWithoutEnd() async throws {
        try await withFixture { fixture in
            let repository = try await GitRepository.make(at: fixture.url("hostile.git"))
            let blob = try await repository.blob(Data("x".utf8))
            var tree = try await repository.tree([("100644", "f", blob)])
            for _ in 0..<100 { tree = try await repository.tree([("40000", "d", tree)]) }
            let deep = try await repository.commit(tree: tree, on: "deep")
            #expect(try await refusal(of: deep, in: repository).contains("65 folders deep"))

            // Ten folders within ten folders, ten times, and not one file: 50 kB in all.
            tree = try await repository.tree([])
            for _ in 0..<10 {
                let inner = tree
                tree = try await repository.tree((0..<10).map { ("40000", "d\($0)", inner) })
            }
            let bomb = try await repository.commit(tree: tree, on: "bomb")
            #expect(try await refusal(of: bomb, in: repository).contains("folder 20001"))
        }
    }

    @Test func sizesBeyondTheLimits() async throws {
        try await withFixture { fixture in
            let repository = try await GitRepository.make(at: fixture.url("hostile.git"))
            let files = ["a": noise(characters: 600), "b": noise(characters: 500)]
            let commit = try await repository.commit(files)
            let mirror = try GitMirror(path: repository.folder)
            var limits = TreeLimits()
            limits.totalBytes = 1100
            #expect(try mirror.tree(of: commit, limits: limits).count == 2)
            limits.totalBytes = 1099
            #expect(try await refusal(of: commit, in: repository, limits).contains("b in commit"))
            limits = TreeLimits()
            limits.listingBytes = 50
            #expect(try await refusal(of: commit, in: repository, limits).contains("listing of"))
            limits = TreeLimits()
            limits.pathBytes = 10
            let long = try await repository.commit(["long/folder/f": "x"])
            #expect(try await refusal(of: long, in: repository, limits).contains("at most 10"))
        }
    }
}
