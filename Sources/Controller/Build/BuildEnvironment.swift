import Artifacts
import Core
import Foundation

/// The Python that a flow runs in: its wheelhouse for nodes, and the same environment here, for steps.
struct BuildEnvironment: Sendable {
    /// Digest of the wheelhouse's manifest; `nil` where the flow asks for no packages.
    private(set) var digest: ContentDigest?
    private var manifest: WheelManifest?

    private let flow: FlowCheck
    private let blobs: BlobStore
    private let folders: BuildFolders
    private let log: BuildLog

    /// For resolving, fetching and building all packages, and for installing them.
    static let timeout = Duration.seconds(1800)

    /// Builds the wheelhouse, where the flow asks for packages.
    init(
        _ flow: FlowCheck,
        blobs: BlobStore,
        folders: BuildFolders,
        workspace: BuildWorkspace,
        log: BuildLog
    ) async throws {
        self.flow = flow
        self.blobs = blobs
        self.folders = folders
        self.log = log
        let runtime = flow.flow.runtime
        let added = flow.flow.engine.requirements
        guard runtime.kind == .python, runtime.requirements != nil || !added.isEmpty else { return }
        let names = [runtime.requirements.map { flow.prefix + $0 }, added.isEmpty ? nil : "the engine"]
        log.note("packages of \(names.compactMap { $0 }.joined(separator: " and "))")
        let file: URL
        if let requirements = runtime.requirements {
            file = flow.folder(in: workspace.tree).appending(path: requirements)
        } else {
            file = workspace.scratch.appending(path: "requirements.txt")
            try Data().write(to: file)
        }
        do {
            let built = try await Wheelhouse(blobs: blobs, folder: folders.wheelhouses).build(
                requirements: file,
                adding: added,
                python: runtime.python,
                scratch: workspace.scratch,
                log: log.line,
                timeout: BuildEnvironment.timeout
            )
            manifest = built.manifest
            digest = built.digest
        } catch let error as ArtifactError {
            throw BuildFailure(reason: "the flow's packages: \(error)", logTail: log.tail)
        }
    }

    /// The environment's `python` on this machine, made where it isn't there; `nil` where the runtime isn't Python.
    func python() async throws -> URL? {
        let runtime = flow.flow.runtime
        guard runtime.kind == .python else { return nil }
        do {
            if let manifest, let digest {
                return try await VirtualEnvironment.prepare(
                    manifest,
                    blobs: blobs,
                    folder: folders.environments.appending(path: digest.hex),
                    log: log.line,
                    timeout: BuildEnvironment.timeout
                )
            }
            let name = "bare-" + (runtime.python ?? "any").replacing(">=", with: "from-")
            return try await VirtualEnvironment.bare(
                python: runtime.python,
                folder: folders.environments.appending(path: name),
                log: log.line,
                timeout: BuildEnvironment.timeout
            )
        } catch let error as ArtifactError {
            throw BuildFailure(reason: "the flow's Python: \(error)", logTail: log.tail)
        }
    }

    /// Holds modules that the revision itself doesn't have against what is installed; nothing of them is run.
    func checkExternal(with python: URL, in workspace: BuildWorkspace, flow path: String) async throws {
        guard !flow.external.isEmpty else { return }
        let code = """
            import importlib.util, sys
            for name in sys.argv[1:]:
                if importlib.util.find_spec(name) is None: print(name)
            """
        let missing = LineCollector(limit: .max)
        let end = try await BoundedProcess(
            [python.path, "-I", "-c", code] + flow.external.keys.sorted(),
            in: workspace.temporary,
            environment: StepRunner.environment(workspace, python: python),
            timeout: .seconds(60),
            outputLimit: 1 << 20
        ).run(missing.append)
        guard end == .exited(0) else {
            throw BuildFailure(reason: "the flow's Python \(end): \(missing.last ?? "")", logTail: missing.lines)
        }
        let mistakes = missing.lines.map { name in
            "\(path): \(flow.external[name] ?? "stages"): module \(name) is neither in this commit "
                + "(looked for \(flow.prefix)\(name).py and \(flow.prefix)\(name)/__init__.py) nor in an installed package"
        }
        if !mistakes.isEmpty {
            mistakes.forEach(log.line)
            throw FlowCheck.failure(mistakes, in: path)
        }
    }
}
