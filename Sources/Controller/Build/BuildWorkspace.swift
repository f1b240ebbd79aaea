import Artifacts
import Foundation

/// Where the builder keeps things, all beneath one folder. Names start with a dot, which no task's name does: the logs
/// lie in folders named after tasks beside them.
struct BuildFolders: Sendable {
    let root: URL

    var wheelhouses: URL { root.appending(path: ".wheelhouses") }
    var environments: URL { root.appending(path: ".environments") }
    var steps: URL { root.appending(path: ".steps") }
    func work(_ task: String, _ revision: Int) -> URL { root.appending(path: ".work/\(task)/\(revision)") }
}

/// The folders of one build, gone when it ends.
struct BuildWorkspace: Sendable {
    let folder: URL
    /// The revision's files, as a node has them.
    var tree: URL { folder.appending(path: "tree") }
    var home: URL { folder.appending(path: "home") }
    var temporary: URL { folder.appending(path: "tmp") }
    /// For the wheelhouse.
    var scratch: URL { folder.appending(path: "scratch") }

    /// Clears away what a build of the same revision left that was killed, and makes new folders under a name that
    /// none of its processes knows.
    init(_ folders: BuildFolders, task: String, revision: Int) throws {
        let parent = folders.work(task, revision)
        try? FileManager.default.removeItem(at: parent)
        folder = parent.appending(path: String(UUID().uuidString.prefix(8)).lowercased())
        for place in [home, temporary, scratch] {
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        }
    }

    func remove() {
        try? FileManager.default.removeItem(at: folder.deletingLastPathComponent())
    }
}
