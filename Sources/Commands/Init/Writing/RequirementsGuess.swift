import Core
import Foundation

/// The project's requirements: the file that it has, or what one would hold.
struct RequirementsGuess {
    /// Relative to the flow's folder; nil where there is none.
    var file: String?
    var evidence: String?
    /// Lines of a file that isn't there yet.
    var lines: [String] = []
    /// Modules of which nobody says what package has them.
    var unsure: [ThirdParty] = []

    struct ThirdParty: Equatable {
        var module: String
        var distribution: String
        var isKnown: Bool
        /// Where it is imported first.
        var place: String
    }

    init(_ facts: ProjectFacts, modules: Set<String>, packages: [String] = []) {
        let found = Self.imports(facts, modules)
        let files = facts.files.filter { Self.isRequirements($0) }.sorted { Self.rank($0) < Self.rank($1) }
        if let first = files.first {
            file = first
            evidence = "\(first) is there"
            return
        }
        if let project = facts.project, !project.dependencies.isEmpty {
            lines = project.dependencies
            evidence = "dependencies of pyproject.toml"
            return
        }
        lines = found.filter(\.isKnown).map(\.distribution)
        lines += packages.filter { !lines.contains($0) }
        unsure = found.filter { !$0.isKnown }
        if !lines.isEmpty { evidence = "imports" }
    }

    /// The file's content, once it is written.
    var content: String {
        var text =
            "# Written by fedops init, from the \(evidence ?? "imports"). Add versions: what is pinned stays alike on all nodes.\n"
        for line in lines { text += line + "\n" }
        for item in unsure {
            text += "# \(item.distribution)  # \(item.place) imports \(item.module): is that its package?\n"
        }
        return text
    }

    private static func isRequirements(_ path: String) -> Bool {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        guard name.hasSuffix(".txt"), name.hasPrefix("requirements") || path.hasPrefix("requirements/") else {
            return false
        }
        return !["dev", "test", "doc", "lint", "build"].contains { name.contains($0) }
    }

    private static func rank(_ path: String) -> (Int, Int, String) {
        (path == "requirements.txt" ? 0 : 1, path.filter { $0 == "/" }.count, path)
    }

    /// Packages that modules import, and those that they import of the project, which neither it nor Python has.
    static func imports(_ facts: ProjectFacts, _ modules: Set<String>) -> [ThirdParty] {
        let own = Set(facts.modules.compactMap { $0.module.split(separator: ".").first.map(String.init) })
        var places: [String: String] = [:]
        for module in reachable(facts, modules) {
            for item in module.imports {
                guard let top = item.module.split(separator: ".").first.map(String.init), !own.contains(top),
                    !facts.standard.contains(top), top != "__future__", places[top] == nil
                else { continue }
                places[top] = "\(module.file):\(item.line)"
            }
        }
        return places.map { top, place in
            let (name, isKnown) = PackageNames.distribution(of: top)
            return ThirdParty(module: top, distribution: name, isKnown: isKnown, place: place)
        }.sorted { $0.module < $1.module }
    }

    private static func reachable(_ facts: ProjectFacts, _ names: Set<String>) -> [PythonModule] {
        let known = Dictionary(facts.modules.map { ($0.module, $0) }) { first, _ in first }
        var found: [String: PythonModule] = [:]
        var open = names.sorted()
        while let name = open.popLast() {
            guard found[name] == nil, let module = known[name] else { continue }
            found[name] = module
            // `from pkg import part` may mean a module, and every package above runs too.
            let imported = module.imports.map(\.module) + Array(module.names.values)
            for text in imported {
                var parts = text.split(separator: ".")
                while !parts.isEmpty {
                    open.append(parts.joined(separator: "."))
                    parts.removeLast()
                }
            }
        }
        return found.values.sorted { $0.file < $1.file }
    }
}
