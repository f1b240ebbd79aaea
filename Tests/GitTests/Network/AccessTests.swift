import Foundation
import Git
import TestSupport
import Testing

/// Wrong passwords, keys and hosts, and repositories that aren't there.
@Suite struct AccessTests {
    @Test func aWrongPasswordIsOfferedOnceAndNeverShown() async throws {
        try await withFixture { fixture in
            let world = try await RemoteWorld(fixture)
            let right = try world.write(secret: "right-secret", to: "right")
            let server = try await HTTPGitServer.start(
                root: world.root,
                user: "reader",
                passwordFile: URL(filePath: right),
                fixture: fixture
            )
            var spec = GitRemoteSpec(url: server.url("project.git"))
            let none = try await gitError { _ = try await world.list(spec) }
            #expect(none.kind == .auth)
            #expect(none.message.contains("password file"))

            let before = server.requests
            spec.username = "reader"
            spec.passwordFile = try world.write(secret: "wrong-secret", to: "wrong")
            let wrong = try await gitError { _ = try await world.list(spec) }
            #expect(wrong.kind == .auth)
            #expect(wrong.message.contains("reader"))
            #expect(!wrong.message.contains("wrong-secret"))
            // One without, one with the password, and no third attempt that could lock the account.
            #expect(server.requests == before + 2)

            spec.passwordFile = fixture.url("missing").path
            let missing = try await gitError { _ = try await world.list(spec) }
            #expect(missing.kind == .auth)
            #expect(missing.message.contains("can't be read"))
        }
    }

    @Test func aPasswordInTheURLIsRefusedAndNotRepeated() async throws {
        try await withFixture { fixture in
            let world = try await RemoteWorld(fixture)
            for url in ["https://reader:hunter22@example.org/p.git", "ssh://git:hunter22@example.org/p.git"] {
                let error = try await gitError { _ = try await world.list(GitRemoteSpec(url: url)) }
                #expect(error.kind == .refused)
                #expect(error.message.contains("password file"))
                #expect(!error.message.contains("hunter22"))
            }
        }
    }

    @Test func aMissingRepositoryIsNotFound() async throws {
        try await withFixture { fixture in
            let world = try await RemoteWorld(fixture)
            let http = try await HTTPGitServer.start(root: world.root, fixture: fixture)
            let ssh = try await SSHGitServer.start(fixture: fixture)
            var overSSH = GitRemoteSpec(url: ssh.url(fixture.url("remote/missing.git")))
            overSSH.sshKeyFile = ssh.key.path
            overSSH.hostKeys = [ssh.fingerprint]
            let specs = [
                GitRemoteSpec(url: http.url("missing.git")), overSSH,
                GitRemoteSpec(url: "file://\(fixture.url("remote/missing.git").path)", allowFile: true),
            ]
            for spec in specs {
                let error = try await gitError { _ = try await world.list(spec) }
                #expect(error.kind == .notFound, "\(error)")
            }
        }
    }

    @Test func anUnknownHostKeyIsRefusedWithItsFingerprint() async throws {
        try await withFixture { fixture in
            let world = try await RemoteWorld(fixture)
            let server = try await SSHGitServer.start(fixture: fixture)
            var spec = GitRemoteSpec(url: server.url(world.repository.folder))
            spec.sshKeyFile = server.key.path
            let unknown = try await gitError { _ = try await world.list(spec) }
            #expect(unknown.kind == .refused)
            #expect(unknown.message.contains(server.fingerprint))
            #expect(unknown.message.contains("ED25519"))
            #expect(unknown.message.contains("host keys"))
            // A host that ssh itself would trust is still not pinned.
            let key = try String(contentsOf: fixture.url("sshd/host_key.pub"), encoding: .utf8)
            try fixture.write("[127.0.0.1]:\(server.port) \(key)", to: "home/.ssh/known_hosts")
            #expect(try await gitError { _ = try await world.list(spec) }.kind == .refused)
        }
    }

    @Test func aChangedHostKeyIsRefused() async throws {
        try await withFixture { fixture in
            let world = try await RemoteWorld(fixture)
            let old = try await SSHGitServer.start(name: "old", fixture: fixture)
            let new = try await SSHGitServer.start(name: "new", fixture: fixture)
            var spec = GitRemoteSpec(url: new.url(world.repository.folder))
            spec.sshKeyFile = new.key.path
            spec.hostKeys = [old.fingerprint]
            let error = try await gitError { _ = try await world.list(spec) }
            #expect(error.kind == .refused)
            #expect(error.message.contains(new.fingerprint))
            #expect(error.message.contains("somebody may be in between"))
            #expect(!new.process.output.contains("Accepted publickey"))
            spec.hostKeys = [old.fingerprint, new.fingerprint]
            #expect(try await world.list(spec).branches.count == 1)
        }
    }

    @Test func aKeyThatTheServerDoesNotKnowIsAuth() async throws {
        try await withFixture { fixture in
            let world = try await RemoteWorld(fixture)
            let server = try await SSHGitServer.start(fixture: fixture)
            let stranger = fixture.url("stranger")
            try await SSHGitServer.makeKey(stranger)
            var spec = GitRemoteSpec(url: server.url(world.repository.folder))
            spec.hostKeys = [server.fingerprint]
            let none = try await gitError { _ = try await world.list(spec) }
            #expect(none.kind == .auth)
            #expect(none.message.contains("SSH key file"))
            spec.sshKeyFile = stranger.path
            let unknown = try await gitError { _ = try await world.list(spec) }
            #expect(unknown.kind == .auth)
            #expect(unknown.message.contains("doesn't accept the SSH key"))
        }
    }

    @Test func foldersOfThisMachineNeedLeave() async throws {
        try await withFixture { fixture in
            let world = try await RemoteWorld(fixture)
            var spec = world.fileSpec
            spec.allowFile = false
            #expect(try await gitError { _ = try await world.list(spec) }.kind == .refused)
        }
    }

    @Test(arguments: [
        "", "project", "/srv/git/project.git", "../project", "git://example.org/p", "ext::sh -c date",
        "HTTPS://e.org/p",
        "https://", "https:///p.git", "https://example.org", "https://example.org/a b", "file://host/p", "-oProxy:p",
    ])
    func whatIsNoRemoteIsInvalid(url: String) async throws {
        try await withFixture { fixture in
            let network = GitNetwork(executable: try Products.fedops.path, home: fixture.url("home"))
            let error = try await gitError {
                _ = try await network.listRefs(
                    GitRemoteSpec(url: url, allowFile: true),
                    branch: "main",
                    deadline: .seconds(5)
                )
            }
            #expect(error.kind == .invalid, "\(error)")
        }
    }
}
