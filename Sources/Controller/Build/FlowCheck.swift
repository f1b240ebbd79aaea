import Artifacts
import Core
import Foundation

/// The flow of a revision, read and held against the revision's files.
struct FlowCheck: Sendable {
    let flow: Flow
    /// The flow's folder in the revision, empty or with a `/` at its end.
    let prefix: String
    /// Top-level modules of entry points that the revision doesn't hold, with the stages that want them.
    let external: [String: String]

    /// - Throws: `BuildFailure` with every mistake, each with file and line, or with the key that is at fault.
    init(_ manifest: Manifest, blobs: BlobStore, log: BuildLog) throws {
        let path = manifest.flow
        guard let file = manifest.files.first(where: { $0.path == path }), file.mode != .symlink else {
            throw BuildFailure(
                reason: "\(path) is not a file of commit \(manifest.commit.short): add it, or change the path of the "
                    + "flow in the task's source",
                logTail: []
            )
        }
        guard file.size <= 1 << 20 else {
            throw BuildFailure(reason: "\(path) has \(file.size) bytes, at most 1 MiB is read", logTail: [])
        }
        let (parsed, diagnostics) = Flow.parse(bytes: try blobs.data(file.sha256), file: path)
        for diagnostic in diagnostics { log.line("\(diagnostic)") }
        guard let parsed else {
            throw FlowCheck.failure(diagnostics.filter { $0.severity == .error }.map { "\($0)" }, in: path)
        }
        flow = parsed
        let prefix = RelativePath.parents(of: path).last.map { $0 + "/" } ?? ""
        self.prefix = prefix
        var mistakes: [String] = []
        if let requirements = parsed.runtime.requirements,
            !manifest.files.contains(where: { $0.path == prefix + requirements })
        {
            mistakes.append("\(path): runtime.requirements: \(prefix + requirements) is not a file of this commit")
        }
        let modules = ModuleIndex(manifest, prefix: prefix, path: parsed.runtime.path)
        var external: [String: String] = [:]
        for name in Flow.StageName.allCases {
            guard let call = parsed.stages[name].call, !call.isRecipe else { continue }
            switch modules.find(call.module) {
            case .found: break
            case .external(let top): external[top] = external[top] ?? "stages.\(name.rawValue).call"
            case .missing(let looked):
                mistakes.append(
                    "\(path): stages.\(name.rawValue).call: module \(call.module) is not in this commit "
                        + "(looked for \(looked.joined(separator: " and ")))"
                )
            }
        }
        self.external = external
        if !mistakes.isEmpty {
            mistakes.forEach(log.line)
            throw FlowCheck.failure(mistakes, in: path)
        }
    }

    /// The flow's folder in a laid-out revision.
    func folder(in tree: URL) -> URL { prefix.isEmpty ? tree : tree.appending(path: String(prefix.dropLast())) }

    /// All that has to end with 0, in order.
    var steps: [Provenance.Step] {
        func steps(_ kind: Provenance.Step.Kind, _ all: [Flow.Step]) -> [Provenance.Step] {
            all.map { Provenance.Step(kind: kind, name: $0.name, command: $0.run.arguments) }
        }
        return steps(.build, flow.build) + steps(.test, flow.test)
    }

    static func failure(_ mistakes: [String], in path: String) -> BuildFailure {
        let first = mistakes.first ?? "\(path) can't be read"
        let reason = mistakes.count > 1 ? "\(first) (and \(mistakes.count - 1) more)" : first
        return BuildFailure(reason: reason, logTail: Array(mistakes.prefix(100)))
    }
}

/// The Python modules that a revision's files are, as an interpreter in the flow's folder finds them.
private struct ModuleIndex {
    enum Place {
        case found
        /// Not the revision's; perhaps of an installed package.
        case external(top: String)
        case missing(looked: [String])
    }

    private let files: Set<String>
    private let folders: Set<String>
    private let links: Set<String>
    /// Where imports start from, each empty or with a `/` at its end.
    private let starts: [String]

    init(_ manifest: Manifest, prefix: String, path: String?) {
        files = Set(manifest.files.map(\.path))
        folders = Set(manifest.files.flatMap { RelativePath.parents(of: $0.path) })
        links = Set(manifest.files.filter { $0.mode == .symlink }.map(\.path))
        starts = (path.map { ["\(prefix)\($0)/"] } ?? []) + [prefix]
    }

    func find(_ module: String) -> Place {
        var place = Place.missing(looked: [])
        for start in starts {
            place = find(module, from: start)
            if case .external = place { continue }
            break
        }
        return place
    }

    private func find(_ module: String, from prefix: String) -> Place {
        let parts = module.split(separator: ".").map(String.init)
        let path = prefix + parts.joined(separator: "/")
        let top = prefix + parts[0]
        // What lies beneath a link to a folder isn't listed.
        let above = RelativePath.parents(of: path + "/x")
        if above.contains(where: links.contains) { return .found }
        let candidates = ["\(path).py", "\(path)/__init__.py"]
        if candidates.contains(where: files.contains) || files.contains(where: { isExtension($0, of: path) }) {
            return .found
        }
        guard files.contains("\(top).py") || folders.contains(top) else { return .external(top: parts[0]) }
        return .missing(looked: candidates)
    }

    /// Whether the file is the module in compiled form, such as `fast.cpython-311-x86_64-linux-gnu.so`.
    private func isExtension(_ file: String, of path: String) -> Bool {
        file.hasPrefix(path + ".") && file.hasSuffix(".so") && !file.dropFirst(path.count).contains("/")
    }
}
