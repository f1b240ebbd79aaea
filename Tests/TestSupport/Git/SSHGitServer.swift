package import Foundation

/// A real sshd on 127.0.0.1 that lets one key in as the user who runs the tests.
package struct SSHGitServer: Sendable {
    package let port: Int
    package let user: String
    /// A private key, without a passphrase, that it accepts.
    package let key: URL
    /// As `ssh-keygen -l` prints the host key.
    package let fingerprint: String
    package let process: BackgroundProcess

    package static func start(name: String = "sshd", fixture: Fixture) async throws -> SSHGitServer {
        let folder = try fixture.makeFolder(name)
        let key = folder.appending(path: "key")
        let hostKey = folder.appending(path: "host_key")
        try await makeKey(key)
        try await makeKey(hostKey)
        let shown = try await requireProcess("ssh-keygen", ["-l", "-f", hostKey.path])
        let fingerprint = shown.split(separator: " ").first { $0.hasPrefix("SHA256:") }.map(String.init) ?? ""
        // sshd drops its rights in this folder, which a booted system has and a container may not.
        if NSUserName() == "root" {
            try FileManager.default.createDirectory(atPath: "/run/sshd", withIntermediateDirectories: true)
        }
        let port = try freePort()
        let configuration = try fixture.write(
            """
            ListenAddress 127.0.0.1:\(port)
            HostKey \(hostKey.path)
            PidFile none
            AuthorizedKeysFile \(key.path).pub
            StrictModes no
            UsePAM no
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            PermitRootLogin prohibit-password
            LogLevel VERBOSE

            """,
            to: "\(name)/sshd_config"
        )
        let program = ["/usr/sbin/sshd", "/usr/bin/sshd", "/usr/local/sbin/sshd"].first {
            FileManager.default.isExecutableFile(atPath: $0)
        }
        guard let program else {
            throw ProductMissing(description: "sshd is not installed: apt-get install openssh-server")
        }
        let process = try await BackgroundProcess.start(
            name,
            program,
            ["-D", "-e", "-f", configuration.path],
            fixture: fixture
        )
        try await process.waitForOutput("Server listening on 127.0.0.1")
        return SSHGitServer(port: port, user: NSUserName(), key: key, fingerprint: fingerprint, process: process)
    }

    /// The URL of a repository of this machine.
    package func url(_ repository: URL) -> String { "ssh://\(user)@127.0.0.1:\(port)\(repository.path)" }

    /// Makes an Ed25519 key pair at `place` and `place.pub`.
    package static func makeKey(_ place: URL, passphrase: String = "") async throws {
        try await requireProcess(
            "ssh-keygen",
            ["-q", "-t", "ed25519", "-N", passphrase, "-C", "test", "-f", place.path]
        )
    }
}
