import Artifacts
import Core
import Foundation

/// A model's file, and what it holds.
struct ModelFile: Sendable, Equatable {
    var url: URL
    var content: FileDigest
}

/// The engine's folder: `partial/` for uploads under way, and `tasks/<task>/` with `rounds/<epoch>/` and `models/`.
struct EngineFolder: Sendable {
    let root: URL

    /// Makes the folder where it isn't there, and removes what uploads of an earlier process left.
    init(root: URL) throws {
        self.root = root
        let partial = root.appending(path: "partial")
        if FileManager.default.fileExists(atPath: partial.path) { try FileManager.default.removeItem(at: partial) }
        try FileManager.default.createDirectory(at: partial, withIntermediateDirectories: true)
        try FileManager.default.createDirectory(
            at: root.appending(path: "tasks"),
            withIntermediateDirectories: true
        )
    }

    /// A place for one upload.
    func partial() -> URL { root.appending(path: "partial/\(UUID().uuidString)") }

    /// - Throws: `EngineError` where the text isn't a task's name, and so must not become part of a path.
    func task(_ name: String) throws -> TaskFolder {
        guard Names.isValid(name) else {
            throw EngineError("\"\(name.prefix(80))\" is not a task's name: \(Names.rule)")
        }
        return TaskFolder(root: root.appending(path: "tasks/\(name)"))
    }
}

/// What the engine keeps of one task.
struct TaskFolder: Sendable {
    let root: URL

    var models: URL { root.appending(path: "models") }
    var rounds: URL { root.appending(path: "rounds") }

    func round(_ epoch: Int) -> RoundFolder { RoundFolder(root: rounds.appending(path: String(epoch))) }

    /// Every round that is on disk, the newest first.
    func allRounds() throws -> [(epoch: Int, folder: RoundFolder)] {
        guard FileManager.default.fileExists(atPath: rounds.path) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: rounds.path)
            .compactMap { name in Int(name).map { ($0, round($0)) } }
            .sorted { $0.0 > $1.0 }
    }

    /// Removes what earlier rounds left when a new one begins.
    ///
    /// A candidate is kept where the new ticket's version says that a model has been accepted since, which may be this
    /// one although the controller's answer never came; `keep(_:)` makes it a model when the controller names it.
    func prune(before ticket: Ticket) throws {
        var kept = false
        for (epoch, folder) in try allRounds() where epoch < ticket.epoch {
            let mayBeAccepted = folder.hasCandidate && (folder.begun()?.version ?? .max) < ticket.version
            if mayBeAccepted, !kept, try folder.result()?.finished != nil {
                kept = true
                try? FileManager.default.removeItem(at: folder.base)
            } else {
                try FileManager.default.removeItem(at: folder.root)
            }
        }
    }
}
