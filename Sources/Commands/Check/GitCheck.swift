import Core
import Foundation

/// Whether Git has what the flow needs: nodes get what is committed, and nothing else.
struct GitCheck {
    let flow: Flow
    let file: String
    let folder: URL
    let places: FlowPlaces

    func run(_ points: [FlowCheck.FoundEntryPoint]) async -> (diagnostics: [Diagnostic], hints: [String]) {
        guard let inside = await git(["rev-parse", "--is-inside-work-tree"]), inside.hasPrefix("true") else {
            return ([], ["not in a Git repository yet, from which FedOps takes its revisions: git init"])
        }
        let needed = needed(points)
        let name = URL(filePath: file).lastPathComponent
        let paths = needed.map(\.file) + [name]
        guard
            let status = await git(
                ["status", "--porcelain", "-z", "--ignored=matching", "--untracked-files=all", "--"] + paths
            ),
            let prefix = await git(["rev-parse", "--show-prefix"])
        else { return ([], []) }
        let start = prefix.trimmingCharacters(in: .newlines)
        let states = Self.states(status, below: start)
        var diagnostics: [Diagnostic] = []
        for (path, file) in needed + [("", name)] {
            // A folder that is ignored as a whole stands for what is in it.
            let state = states[file] ?? states.first { $0.key.hasSuffix("/") && file.hasPrefix($0.key) }?.value
            switch state {
            case "!!":
                diagnostics.append(
                    places.diagnostic(
                        path,
                        "\(file) is ignored by Git: no revision will have it",
                        hint: "see git check-ignore -v \(file)"
                    )
                )
            case "??":
                diagnostics.append(
                    places.diagnostic(path, severity: .warning, "\(file) isn't committed", hint: "git add \(file)")
                )
            default: break
            }
        }
        return (diagnostics, await hints(states))
    }

    private func hints(_ states: [String: String]) async -> [String] {
        let tags = await git(["tag", "--list", "--points-at", "HEAD"]) ?? ""
        let any = await git(["tag", "--list"]) ?? ""
        if !states.isEmpty { return ["commit what is above, then tag it: git tag v1.0.0 && git push --follow-tags"] }
        if any.isEmpty {
            return [
                "no tag yet: a task that follows tags deploys after git tag -a v1.0.0 -m v1.0.0 && git push --follow-tags"
            ]
        }
        return tags.isEmpty ? ["this commit has no tag, and isn't deployed by tags until it has one"] : []
    }

    /// Files that the flow names, relative to its folder, and where it does.
    private func needed(_ points: [FlowCheck.FoundEntryPoint]) -> [(path: String, file: String)] {
        var needed: [(path: String, file: String)] = points.compactMap { point in
            point.file.map { ("stages.\(point.stage).call", $0) }
        }
        if let file = flow.runtime.requirements { needed.append(("runtime.requirements", file)) }
        for stage in Flow.StageName.allCases {
            if let program = flow.stages[stage].command.flatMap(CommandLine.ownProgram) {
                needed.append(
                    (
                        "stages.\(stage.rawValue).command",
                        program.hasPrefix("./") ? String(program.dropFirst(2)) : program
                    )
                )
            }
        }
        var seen: Set<String> = []
        return needed.filter {
            seen.insert($0.file).inserted
                && FileManager.default.fileExists(atPath: folder.appending(path: $0.file).path)
        }
    }

    /// Path relative to the folder to the two letters of `git status`.
    private static func states(_ output: String, below prefix: String) -> [String: String] {
        var states: [String: String] = [:]
        for entry in output.split(separator: "\0") where entry.count > 3 {
            let path = String(entry.dropFirst(3))
            states[path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : path] = String(entry.prefix(2))
        }
        return states
    }

    /// What git prints; nil where it fails or isn't there.
    private func git(_ arguments: [String]) async -> String? {
        let output = try? await ProjectLook.run(
            "git",
            ["--no-optional-locks", "-C", folder.path] + arguments,
            within: .seconds(20),
            limit: 4 << 20
        )
        return output.flatMap { $0.isSuccess ? $0.out : nil }
    }
}
