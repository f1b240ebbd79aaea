import Artifacts
import Core
package import Foundation

/// Finds the Python that a flow's stages run in on this machine: one that has the packages already, or else one that is made
/// as a node's is, and kept.
package struct LocalPython: Sendable {
    package struct Found: Sendable, Equatable {
        package var python: URL
        /// Where it comes from, for people.
        package var origin: String
    }

    private let tree: WorkingTree
    private let cache: URL
    private let own: [String: String]
    private let note: @Sendable (String) -> Void

    /// - Parameters:
    ///   - cache: Where environments are kept, `folder(own:)` by default.
    ///   - own: This process's environment.
    ///   - note: Told what takes time.
    package init(
        _ tree: WorkingTree,
        cache: URL? = nil,
        own: [String: String] = ProcessInfo.processInfo.environment,
        note: @escaping @Sendable (String) -> Void
    ) {
        self.tree = tree
        self.cache = cache ?? Self.folder(own)
        self.own = own
        self.note = note
    }

    /// `fedops` in `XDG_CACHE_HOME`, or in `~/.cache`.
    package static func folder(_ own: [String: String]) -> URL {
        if let folder = own["XDG_CACHE_HOME"], folder.hasPrefix("/") {
            return URL(filePath: folder).appending(path: "fedops")
        }
        return FileManager.default.homeDirectoryForCurrentUser.appending(path: ".cache/fedops")
    }

    /// - Parameter given: An interpreter that the user names; nothing is looked for then.
    /// - Returns: `nil` where the flow's runtime is a command.
    package func find(_ given: String?) async throws -> Found? {
        let runtime = tree.flow.runtime
        guard runtime.kind == .python else { return nil }
        let folder = tree.flowFolder.isEmpty ? tree.folder : tree.folder.appending(path: tree.flowFolder)
        let requirements = runtime.requirements.map { folder.appending(path: $0) }
        if let given {
            let python = URL(filePath: given).standardizedFileURL
            guard FileManager.default.isExecutableFile(atPath: python.path) else {
                throw TreeError("\(given) is no program: --python takes the path of an interpreter")
            }
            return Found(python: python, origin: "--python")
        }
        var lacks: [String] = []
        for place in places {
            do {
                let interpreter = try await PythonInterpreter.find(runtime.python, searchPath: place.folders)
                let missing = try await RequirementsProbe(python: interpreter.executable).missing(requirements)
                if missing.isEmpty {
                    return Found(python: URL(filePath: interpreter.executable), origin: place.origin)
                }
                lacks.append("\(interpreter.executable) (\(place.origin)) lacks \(missing.joined(separator: ", "))")
            } catch let error as ArtifactError {
                lacks.append("\(place.origin): \(error)")
            }
        }
        guard let requirements else {
            throw TreeError(
                "\(lacks.joined(separator: "; ")): the flow names no requirements, so the packages have to be in the active "
                    + "environment, in the project's .venv, or in that of --python"
            )
        }
        for lack in lacks { note(lack) }
        note("so an environment is made, once for these requirements; installing them in one of these saves it")
        return try await build(requirements)
    }

    /// Where an interpreter may be, the likeliest first: what the user switched on, what the project has, all others.
    private var places: [(folders: String, origin: String)] {
        var places: [(folders: String, origin: String)] = []
        func add(_ folder: String, _ origin: String) {
            let programs = folder + "/bin"
            guard folder.hasPrefix("/"), !places.contains(where: { $0.folders == programs }),
                FileManager.default.isExecutableFile(atPath: programs + "/python3")
            else { return }
            places.append((programs, origin))
        }
        if let active = own["VIRTUAL_ENV"] { add(active, "the active environment") }
        for folder in tree.origins {
            for name in [".venv", "venv", "env"] { add(folder.appending(path: name).path, "the project's own \(name)") }
        }
        if let active = own["CONDA_PREFIX"] { add(active, "the active environment of conda") }
        return places + [(own["PATH"] ?? "/usr/bin:/bin", "found on this machine")]
    }

    /// As the controller and a node do it together: wheels first, then an environment of them.
    private func build(_ requirements: URL) async throws -> Found {
        let blobs = try BlobStore(root: cache.appending(path: "blobs"))
        let scratch = cache.appending(path: "scratch-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: scratch) }
        note("packages of \(requirements.lastPathComponent), kept in \(cache.path)")
        let built = try await Wheelhouse(blobs: blobs, folder: cache.appending(path: "wheelhouses"), environment: own)
            .build(
                requirements: requirements,
                python: tree.flow.runtime.python,
                scratch: scratch,
                log: { self.tell($0) },
                timeout: .seconds(3600)
            )
        let place = cache.appending(path: "environments/\(built.digest.hex)")
        let python = try await VirtualEnvironment.prepare(
            built.manifest,
            blobs: blobs,
            folder: place,
            log: { self.tell($0) },
            timeout: .seconds(1800)
        )
        return Found(python: python, origin: "made of \(requirements.lastPathComponent)")
    }

    /// Of pip's many lines, those that say what it is at.
    private func tell(_ line: String) {
        let text = line.trimmingCharacters(in: .whitespaces)
        // Small files are here before anybody has read their names.
        if text.hasPrefix("Downloading "), text.hasSuffix(" MB)") || text.hasSuffix(" GB)") { note(text) }
        if text.hasPrefix("Installing collected packages: ") {
            note("installing \(text.split(separator: ",").count) packages")
        }
        if ["Building wheel for ", "resolving", "making", "wheelhouse"].contains(where: text.hasPrefix),
            !text.contains(": finished")
        {
            note(text)
        }
    }
}
