import Artifacts
import Foundation

/// The files of a working tree, as a commit of it would have them.
struct TreeFiles: Sendable {
    /// The checkout's root, or the flow's folder where there is no checkout.
    let root: URL
    /// Relative to it, sorted.
    let paths: [String]

    /// Left out where Git isn't asked: what tools make and nobody commits.
    private static let leftOut: Set<String> = [
        ".git", ".hg", ".svn", "__pycache__", ".venv", "venv", "env", ".tox", ".nox", ".mypy_cache", ".pytest_cache",
        ".ruff_cache", ".ipynb_checkpoints", "node_modules", ".build",
    ]

    static func list(around flow: URL) async throws -> TreeFiles {
        let folder = flow.deletingLastPathComponent()
        guard let top = try await git(["rev-parse", "--show-toplevel"], in: folder)?.first else {
            return try walk(folder)
        }
        let root = URL(filePath: top, directoryHint: .isDirectory).standardizedFileURL.resolvingSymlinksInPath()
        guard let lines = try await git(["ls-files", "-co", "--exclude-standard"], in: root) else {
            throw TreeError("git ls-files failed in \(root.path)")
        }
        return TreeFiles(root: root, paths: Set(lines.map(unquoted)).sorted())
    }

    /// The lines that Git prints; `nil` where it isn't there, or the folder is no checkout of it.
    private static func git(_ arguments: [String], in folder: URL) async throws -> [String]? {
        let own = ProcessInfo.processInfo.environment
        let lines = LineCollector(limit: .max)
        let process = BoundedProcess(
            ["git", "-c", "core.quotePath=false", "-c", "safe.directory=*"] + arguments,
            in: folder,
            environment: own.filter { ["PATH", "HOME", "XDG_CONFIG_HOME"].contains($0.key) }
                .merging(["LC_ALL": "C.UTF-8", "GIT_OPTIONAL_LOCKS": "0"]) { $1 },
            timeout: .seconds(60),
            outputLimit: 256 << 20
        )
        do {
            return try await process.run(lines.append) == .exited(0) ? lines.lines : nil
        } catch is ArtifactError {
            return nil
        }
    }

    /// Git puts quotes around a path that holds a quote or a backslash, and a backslash before each of them.
    private static func unquoted(_ line: String) -> String {
        guard line.count >= 2, line.hasPrefix("\""), line.hasSuffix("\"") else { return line }
        return String(line.dropFirst().dropLast()).replacing(#/\\(["\\])/#) { String($0.output.1) }
    }

    private static func walk(_ folder: URL) throws -> TreeFiles {
        var paths: [String] = []
        guard let walk = FileManager.default.enumerator(atPath: folder.path) else {
            throw TreeError("\(folder.path) can't be read")
        }
        while let path = walk.nextObject() as? String {
            let type = walk.fileAttributes?[.type] as? FileAttributeType
            if leftOut.contains((path as NSString).lastPathComponent) {
                if type == .typeDirectory { walk.skipDescendants() }
            } else if type != .typeDirectory {
                paths.append(path)
            }
        }
        return TreeFiles(root: folder, paths: paths.sorted())
    }
}
