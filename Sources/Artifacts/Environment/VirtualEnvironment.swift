import Core
package import Foundation

/// Makes, on a node, the virtual environment that a wheelhouse describes.
///
/// An environment can't be moved once it is made, so it is made where it stays, under a name that was never used
/// before, and counts only from the moment when the marker beside it names it: that is written last, after everything
/// else is durable. Whatever the marker doesn't name is what a killed preparation left, of which even a pip may still
/// run; it harms nobody, and goes with the next preparation. Where the node's Python has changed, it is made anew.
package enum VirtualEnvironment {
    /// Installs exactly the manifest's wheels, all of which have to be in `blobs`; no index is asked.
    ///
    /// - Parameters:
    ///   - folder: Where it stays, such as `envs/<digest>`; used for nothing else.
    ///   - searchPath: Folders in which interpreters are looked for; those of `PATH` where `nil`.
    /// - Returns: Its `python`. At once, where it was made before.
    /// - Throws: `ArtifactError`, for example where the node has no Python of the wheels' version.
    package static func prepare(
        _ manifest: WheelManifest,
        blobs: BlobStore,
        folder: URL,
        searchPath: String? = nil,
        log: @escaping @Sendable (String) -> Void,
        timeout: Duration
    ) async throws -> URL {
        let interpreter: PythonInterpreter
        do {
            interpreter = try await PythonInterpreter.find(manifest.python, searchPath: searchPath)
        } catch let error as ArtifactError {
            throw ArtifactError(
                "the revision's packages were built for Python \(manifest.python) on \(manifest.platform): \(error)"
            )
        }
        guard interpreter.platform == manifest.platform else {
            throw ArtifactError(
                "the revision's packages were built for \(manifest.platform), this node is \(interpreter.platform): "
                    + "run the controller on a machine of the nodes' kind"
            )
        }
        let marker = Marker(content: try manifest.encoded().digest.description, interpreter: interpreter)
        let options = ["--without-pip"]
        return try await make(folder, marker, options, log: log, timeout: timeout) { work, python, deadline in
            try lay(manifest, of: blobs, in: work)
            guard !manifest.wheels.isEmpty else { return }
            let names = manifest.wheels.map { "./\($0.name)" }
            // Python compiles what is imported, when it first is; compiling all of scikit-learn takes 10 s of a core.
            try await run(
                [python.path, "-m", "pip", "install", "--no-index", "--no-deps", "--no-input", "--progress-bar", "off"]
                    + ["--disable-pip-version-check", "--no-compile"] + names,
                "installing \(names.count) wheels",
                in: work,
                python: python,
                environment: try await pip(for: interpreter, python: python, in: work, log: log, deadline: deadline),
                log: log,
                deadline: deadline
            )
        }
    }

    /// What makes `python -m pip` work in an environment without pip: every Python carries pip as a wheel, from which it
    /// runs. Only where that isn't found, pip is installed into the environment, which takes longer than the wheels do.
    private static func pip(
        for interpreter: PythonInterpreter,
        python: URL,
        in work: URL,
        log: @escaping @Sendable (String) -> Void,
        deadline: ContinuousClock.Instant
    ) async throws -> [String: String] {
        if let wheel = try await interpreter.bundledPip() { return ["PYTHONPATH": wheel] }
        try await run(
            [python.path, "-m", "ensurepip"],
            "installing pip",
            in: work,
            python: python,
            log: log,
            deadline: deadline
        )
        return [:]
    }

    /// An environment for a flow that asks for no packages: what the node's own Python has installed is seen.
    ///
    /// - Parameter python: As in the flow: `3.11`, `>=3.11`, or `nil` for any Python 3.
    package static func bare(
        python: String?,
        folder: URL,
        searchPath: String? = nil,
        log: @escaping @Sendable (String) -> Void,
        timeout: Duration
    ) async throws -> URL {
        let interpreter = try await PythonInterpreter.find(python, searchPath: searchPath)
        return try await bare(interpreter, folder: folder, systemPackages: true, log: log, timeout: timeout)
    }

    static func bare(
        _ interpreter: PythonInterpreter,
        folder: URL,
        systemPackages: Bool,
        log: @escaping @Sendable (String) -> Void,
        timeout: Duration
    ) async throws -> URL {
        let marker = Marker(content: systemPackages ? "bare, system packages" : "bare", interpreter: interpreter)
        // Nothing is installed in one that sees the system's packages, and pip is most of the time it takes.
        let options = systemPackages ? ["--system-site-packages", "--without-pip"] : []
        return try await make(folder, marker, options, log: log, timeout: timeout) { _, _, _ in }
    }

    /// What the marker file says: which environment is whole, and what it was made from.
    private struct Marker: Codable, Equatable {
        var content: String
        var interpreter: PythonInterpreter
        var name = ""

        static let file = "environment.json"

        /// Whether it was made from the same.
        func matches(_ other: Marker) -> Bool { content == other.content && interpreter == other.interpreter }
    }

    private static func make(
        _ folder: URL,
        _ wanted: Marker,
        _ options: [String],
        log: @escaping @Sendable (String) -> Void,
        timeout: Duration,
        fill: (_ work: URL, _ python: URL, _ deadline: ContinuousClock.Instant) async throws -> Void
    ) async throws -> URL {
        let deadline = ContinuousClock.now + timeout
        let place = folder.appending(path: Marker.file)
        try Durable.makeFolder(folder)
        let lock = try await FolderLock(folder.appending(path: "lock"), until: deadline)
        defer { withExtendedLifetime(lock) {} }
        if let data = FileManager.default.contents(atPath: place.path),
            let made = try? JSONDecoder().decode(Marker.self, from: data), made.matches(wanted)
        {
            return folder.appending(path: "\(made.name)/bin/python")
        }
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) where name != "lock" {
            try? FileManager.default.removeItem(at: folder.appending(path: name))
        }
        var marker = wanted
        marker.name = String(UUID().uuidString.prefix(8)).lowercased()
        let environment = folder.appending(path: marker.name)
        let python = environment.appending(path: "bin/python")
        let work = folder.appending(path: "\(marker.name).work")
        try FileManager.default.createDirectory(at: work, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: work) }
        do {
            let interpreter = marker.interpreter
            log("making a virtual environment with Python \(interpreter.version)")
            try await run(
                [interpreter.executable, "-m", "venv"] + options + [environment.path],
                "making a virtual environment (Debian has it in the package python\(interpreter.minor)-venv)",
                in: work,
                python: URL(filePath: interpreter.executable),
                log: log,
                deadline: deadline
            )
            try await fill(work, python, deadline)
            try Durable.synchronize(tree: environment)
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            try Durable.write(try encoder.encode(marker), to: place)
        } catch {
            try? FileManager.default.removeItem(at: environment)
            throw error
        }
        return python
    }

    /// Puts the wheels under their names, which pip reads, each held against its digest.
    private static func lay(_ manifest: WheelManifest, of blobs: BlobStore, in work: URL) throws {
        for wheel in manifest.wheels {
            guard RelativePath.isSafe(wheel.name), !wheel.name.contains("/"), wheel.name.hasSuffix(".whl") else {
                throw ArtifactError("the wheelhouse lists \"\(wheel.name.prefix(200))\", which is not a wheel")
            }
            try blobs.copy(wheel.sha256, to: work.appending(path: wheel.name), name: wheel.name)
        }
    }

    private static func run(
        _ arguments: [String],
        _ what: String,
        in work: URL,
        python: URL,
        environment: [String: String] = [:],
        log: @escaping @Sendable (String) -> Void,
        deadline: ContinuousClock.Instant
    ) async throws {
        let tail = LineCollector()
        let process = BoundedProcess(
            arguments,
            in: work,
            environment: PipEnvironment.offline(home: work, python: python).merging(environment) { $1 },
            timeout: deadline - .now
        )
        let end = try await process.run { line in
            tail.append(line)
            log(line)
        }
        guard end == .exited(0) else {
            let reason = tail.lines.first { $0.hasPrefix("ERROR:") } ?? tail.last ?? "no output"
            throw ArtifactError("\(what): python \(end): \(reason)")
        }
    }
}
