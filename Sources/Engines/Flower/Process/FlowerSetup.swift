package import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// From what one task's Flower processes on one node are started.
package struct FlowerSetup: Sendable {
    package var task: String
    package var node: String
    /// Python of the revision's environment, which has Flower.
    package var python: URL
    /// The processes' own: made anew at each start and removed at the end.
    package var folder: URL
    /// Where Python keeps what it has compiled; beside the sources where `nil`.
    package var bytecode: URL?
    /// Takes what the processes print, line by line.
    package var log: @Sendable (String) -> Void

    package init(
        task: String,
        node: String,
        python: URL,
        folder: URL,
        bytecode: URL? = nil,
        log: @escaping @Sendable (String) -> Void
    ) {
        self.task = task
        self.node = node
        self.python = python
        self.folder = folder
        self.bytecode = bytecode
        self.log = log
    }

    var home: URL { folder.appending(path: "home") }
    /// Models on their way from and to Flower's messages.
    var models: URL { folder.appending(path: "models") }
    /// With which a runner proves that it is ours; in a file that only its owner reads.
    var secret: URL { folder.appending(path: "secret") }
    private var code: URL { folder.appending(path: "code") }

    /// Lays out the folder, with nothing in it of an earlier start.
    func prepare() throws {
        let files = FileManager.default
        try? files.removeItem(at: folder)
        // The place where Flower would install app bundles is empty, and stays so: nothing here runs one.
        for place in [folder, home, models, code, home.appending(path: "apps")] {
            try files.createDirectory(
                at: place,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        }
        try files.setAttributes([.posixPermissions: 0o500], ofItemAtPath: home.appending(path: "apps").path)
        var random = SystemRandomNumberGenerator()
        let bytes = Data((0..<32).map { _ in UInt8.random(in: .min ... .max, using: &random) })
        guard files.createFile(atPath: secret.path, contents: bytes, attributes: [.posixPermissions: 0o600]) else {
            throw EngineError("\(secret.path) can't be written")
        }
        try RunnerFiles.write(to: code)
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }

    /// SuperLink or SuperNode.
    func program(_ name: String, _ arguments: [String]) -> ToolProcess {
        process(name, [code.appending(path: RunnerFiles.start).path, name] + arguments)
    }

    /// A runner, which talks to the Runtime interface at `port` of loopback.
    func runner(_ file: String, port: Int) throws -> ToolProcess {
        let settings = folder.appending(path: "runner.json")
        let content = [
            "address": "127.0.0.1:\(port)", "secret": secret.path, "fab": RunnerApp.hash, "folder": models.path,
        ]
        try JSONEncoder().encode(content).write(to: settings)
        return process("the runner", [code.appending(path: file).path, settings.path])
    }

    private func process(_ name: String, _ arguments: [String]) -> ToolProcess {
        var options = ["-u"]
        if let bytecode { options += ["-X", "pycache_prefix=\(bytecode.path)"] }
        return ToolProcess(
            name: name,
            python: python,
            arguments: options + arguments,
            folder: folder,
            environment: environment
        )
    }

    /// Names that programs need to run; Flower's own are set so that it asks nobody outside.
    private var environment: [String: String] {
        let names: Set = ["PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH"]
        var values = ProcessInfo.processInfo.environment.filter { names.contains($0.key) }
        values["FLWR_HOME"] = home.path
        values["FLWR_TELEMETRY_ENABLED"] = "0"
        values["FLWR_DISABLE_UPDATE_CHECK"] = "1"
        values["PYTHONNOUSERSITE"] = "1"
        return values
    }
}

/// Ports of loopback for programs that take no 0.
enum LoopbackPort {
    /// One that is free now. Whoever starts a program on it has to see that the program got it.
    static func free() throws -> Int {
        #if canImport(Glibc)
            let type = Int32(SOCK_STREAM.rawValue)
        #else
            let type = SOCK_STREAM
        #endif
        let descriptor = socket(AF_INET, type, 0)
        guard descriptor >= 0 else { throw EngineError("there is no socket: \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(descriptor, pointer, size) == 0 && getsockname(descriptor, pointer, &size) == 0
            }
        }
        guard isBound else { throw EngineError("no port of loopback is free: \(String(cString: strerror(errno)))") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
