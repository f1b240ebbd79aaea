package import Foundation

/// Serves the bare repositories beneath a folder over smart HTTP on 127.0.0.1, and misbehaves on demand.
package struct HTTPGitServer: Sendable {
    package enum Fault: Sendable {
        /// Accepts, reads the request, and says nothing.
        case stall
        /// Sends so many bytes of a pack and then nothing more.
        case stallPack(after: Int)
        /// Cuts the connection after so many bytes of a pack.
        case truncate(after: Int)
        case redirect(to: String)
        case status(Int)
        /// Answers with a page of HTML.
        case page
    }

    package let root: URL
    package let port: Int
    package let process: BackgroundProcess
    private let scheme: String

    /// Starts a server for the repositories beneath `root`.
    ///
    /// - Parameters:
    ///   - user: with `passwordFile`, asks for these by basic authentication.
    ///   - tls: serves https with this certificate.
    package static func start(
        root: URL,
        user: String? = nil,
        passwordFile: URL? = nil,
        tls: TestCertificate? = nil,
        name: String = "git-http",
        fixture: Fixture
    ) async throws -> HTTPGitServer {
        let script = fixture.url("\(name).py")
        try Data(PackageResources.http_server_py).write(to: script)
        var arguments = ["-u", script.path, root.path]
        if let user, let passwordFile { arguments += ["--user", user, "--password-file", passwordFile.path] }
        if let tls { arguments += ["--certificate", tls.certificate.path, "--key", tls.key.path] }
        let process = try await BackgroundProcess.start(name, "python3", arguments, fixture: fixture)
        try await process.waitForOutput("listening ")
        let port = try await eventually("\(name) tells its port") {
            process.output.split(separator: "\n").first { $0.hasPrefix("listening ") }.flatMap { Int($0.dropFirst(10)) }
        }
        return HTTPGitServer(root: root, port: port, process: process, scheme: tls == nil ? "http" : "https")
    }

    /// The URL of the repository at `path` beneath the root. With TLS it names `localhost`, since mbedTLS 2, which
    /// Debian's libgit2 uses, doesn't find IP addresses in certificates.
    package func url(_ path: String) -> String {
        "\(scheme)://\(scheme == "https" ? "localhost" : "127.0.0.1"):\(port)/\(path)"
    }

    /// How many requests it has got.
    package var requests: Int {
        process.output.split(separator: "\n").count { $0.hasPrefix("GET ") || $0.hasPrefix("POST ") }
    }

    /// Misbehaves from the next request on; `nil` ends that.
    package func set(fault: Fault?) throws {
        let text =
            switch fault {
            case .stall: "stall"
            case .stallPack(let bytes): "stall-pack \(bytes)"
            case .truncate(let bytes): "truncate \(bytes)"
            case .redirect(let url): "redirect \(url)"
            case .status(let code): "status \(code)"
            case .page: "page"
            case nil: ""
            }
        try Data(text.utf8).write(to: root.appending(path: "fault"), options: .atomic)
    }
}

/// A certificate for 127.0.0.1 that signed itself, made with openssl.
package struct TestCertificate: Sendable {
    package let certificate: URL
    package let key: URL

    package static func make(_ name: String = "tls", fixture: Fixture) async throws -> TestCertificate {
        let made = TestCertificate(certificate: fixture.url("\(name).crt"), key: fixture.url("\(name).key"))
        try await requireProcess(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
                "-addext", "basicConstraints=critical,CA:TRUE",
                "-keyout", made.key.path, "-out", made.certificate.path,
            ]
        )
        return made
    }
}
