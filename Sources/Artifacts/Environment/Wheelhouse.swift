package import Core
import Crypto
package import Foundation

/// Makes, on the controller, the set of wheels that a flow's requirements come to, so that nodes need no index.
package struct Wheelhouse: Sendable {
    package let blobs: BlobStore
    /// Of its own; keeps results by what they were made from, and the virtual environment whose pip resolves.
    package let folder: URL
    /// Folders in which interpreters are looked for, as in `PATH`; that of this process where `nil`.
    package let searchPath: String?
    /// Of it, pip gets the way to the index: `PIP_INDEX_URL` and the like, proxies and certificates.
    package let environment: [String: String]

    package init(
        blobs: BlobStore,
        folder: URL,
        searchPath: String? = nil,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) {
        self.blobs = blobs
        self.folder = folder
        self.searchPath = searchPath
        self.environment = environment
    }

    /// Resolves the requirements, fetches or builds every wheel, and stores the wheels and their manifest as blobs.
    ///
    /// One set of requirements is resolved once for each Python and platform: the result is kept, so that revisions
    /// that don't change their requirements run in one environment, whatever the index says meanwhile.
    ///
    /// - Parameters:
    ///   - requirements: The file; see `Requirements` for what it may hold.
    ///   - added: What is wanted beside the file's, as pip takes it on its command line.
    ///   - python: As in the flow, `3.11` or `>=3.11`; any Python 3 where `nil`.
    ///   - scratch: A folder to work in; what is left there is of no use.
    ///   - log: Takes pip's output, line by line.
    /// - Returns: The manifest, and its digest, which is a blob's too.
    /// - Throws: `ArtifactError` with pip's own reason; `IndexUnreachable` where a later attempt may work.
    package func build(
        requirements file: URL,
        adding added: [String] = [],
        python: String?,
        scratch: URL,
        log: @escaping @Sendable (String) -> Void,
        timeout: Duration
    ) async throws -> (manifest: WheelManifest, digest: ContentDigest) {
        let deadline = ContinuousClock.now + timeout
        let requirements = try Requirements(file, adding: added)
        let interpreter = try await PythonInterpreter.find(python, searchPath: searchPath)
        let record = folder.appending(path: key(requirements, interpreter) + ".json")
        if let known = known(record) {
            log("wheelhouse \(known.digest.short): unchanged requirements, \(known.manifest.wheels.count) wheels kept")
            return known
        }
        try Durable.makeFolder(folder)
        let tools = try await VirtualEnvironment.bare(
            interpreter,
            folder: folder.appending(path: "pip-\(interpreter.version)"),
            systemPackages: false,
            log: log,
            timeout: deadline - .now
        )
        log("resolving \(file.lastPathComponent) for Python \(interpreter.version) on \(interpreter.platform)")
        let wheels = scratch.appending(path: "wheels")
        try FileManager.default.createDirectory(at: wheels, withIntermediateDirectories: true)
        // pip takes a file without requirements for a mistake.
        if !requirements.isEmpty {
            try await fetch(requirements, with: tools, into: wheels, scratch: scratch, log: log, deadline: deadline)
        }
        let manifest = try store(wheels, interpreter)
        let (data, digest) = try manifest.encoded()
        try blobs.store(data)
        try Durable.write(data, to: record)
        let size = manifest.wheels.reduce(0) { $0 + $1.size }
        log("wheelhouse \(digest.short): \(manifest.wheels.count) wheels, \(size) bytes")
        return (manifest, digest)
    }

    private func key(_ requirements: Requirements, _ interpreter: PythonInterpreter) -> String {
        ContentDigest(
            of: Data("1\n\(requirements.fingerprint)\n\(interpreter.minor)\n\(interpreter.platform)".utf8)
        ).hex
    }

    /// An earlier result, where all of it is still there.
    private func known(_ record: URL) -> (manifest: WheelManifest, digest: ContentDigest)? {
        guard let data = FileManager.default.contents(atPath: record.path) else { return nil }
        let digest = ContentDigest(of: data)
        guard let manifest = try? WheelManifest(verifying: data, digest: digest), blobs.contains(digest),
            blobs.missing(manifest.blobs).isEmpty
        else { return nil }
        return (manifest, digest)
    }

    private func fetch(
        _ requirements: Requirements,
        with python: URL,
        into wheels: URL,
        scratch: URL,
        log: @escaping @Sendable (String) -> Void,
        deadline: ContinuousClock.Instant
    ) async throws {
        let tail = LineCollector()
        // Debian's pip 23 builds an old sdist with what the environment has, which lacks `wheel`; in one of its own (PEP
        // 517) it is built with what it asks for.
        let pip = BoundedProcess(
            [
                python.path, "-m", "pip", "wheel", "--no-input", "--disable-pip-version-check", "--progress-bar", "off",
                "--use-pep517", "--wheel-dir", wheels.path, "-r", requirements.file.path,
            ] + requirements.added,
            in: requirements.file.deletingLastPathComponent(),
            environment: PipEnvironment.online(environment, home: scratch, python: python),
            timeout: deadline - .now
        )
        let troubles = LineCollector(limit: 1)
        let end = try await pip.run { line in
            tail.append(line)
            if line.contains("after connection broken by") || line.contains("Temporary failure in name resolution") {
                troubles.append(line)
            }
            log(line)
        }
        guard end == .exited(0) else {
            if let line = troubles.lines.last { throw IndexUnreachable(description: "the package index: \(line)") }
            // pip tells the reason in its first line of this kind, and afterwards how to read it.
            let reason = tail.lines.first { $0.hasPrefix("ERROR:") } ?? tail.last ?? "no output"
            throw ArtifactError("pip wheel of \(requirements.file.lastPathComponent) \(end): \(reason)")
        }
    }

    private func store(_ folder: URL, _ interpreter: PythonInterpreter) throws -> WheelManifest {
        var wheels: [WheelManifest.Wheel] = []
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() {
            guard name.hasSuffix(".whl") else {
                throw ArtifactError("pip left \(name.prefix(200)) among the wheels, which nodes can't install")
            }
            let (digest, size) = try blobs.store(fileAt: folder.appending(path: name))
            wheels.append(WheelManifest.Wheel(name: name, size: size, sha256: digest))
        }
        return WheelManifest(python: interpreter.minor, platform: interpreter.platform, wheels: wheels)
    }
}

/// The index did not answer, which says nothing about the requirements.
package struct IndexUnreachable: Error, Sendable, CustomStringConvertible {
    package let description: String
}
