import Artifacts
import Core
import Foundation

/// What one epoch leaves on disk: its ticket as soon as it begins, its candidate, and its result.
struct RoundFolder: Sendable {
    let root: URL

    /// The first global model, where the round made one.
    var base: URL { root.appending(path: "base.safetensors") }
    var candidate: URL { root.appending(path: "candidate.safetensors") }
    /// What the strategy keeps, should the candidate become a model.
    var state: URL { root.appending(path: "state.safetensors") }
    /// Each client's update, where contributions are measured; only until the round is over.
    private var updates: URL { root.appending(path: "updates") }
    /// The model of a part of the updates.
    var part: URL { root.appending(path: "part.safetensors") }
    /// What the project's own strategy keeps, before it is the candidate's state.
    var kept: URL { root.appending(path: "kept") }
    private var ticketFile: URL { root.appending(path: "ticket.json") }
    private var resultFile: URL { root.appending(path: "result.json") }

    var hasCandidate: Bool { FileManager.default.fileExists(atPath: candidate.path) }

    /// The ticket with which the epoch was begun, be it by this process or by an earlier one.
    func begun() -> Ticket? {
        guard let data = try? Data(contentsOf: ticketFile) else { return nil }
        return try? JSONDecoder().decode(Ticket.self, from: data)
    }

    var hasBegun: Bool { FileManager.default.fileExists(atPath: ticketFile.path) }

    /// Writes down that the epoch was begun, before anything of it happens.
    func begin(_ ticket: Ticket) throws {
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        try Durable.synchronize(folder: root.deletingLastPathComponent())
        try Durable.write(try JSONEncoder().encode(ticket), to: ticketFile)
    }

    func result() throws -> RoundResult? {
        guard FileManager.default.fileExists(atPath: resultFile.path) else { return nil }
        do {
            return try JSONDecoder().decode(RoundResult.self, from: Data(contentsOf: resultFile))
        } catch {
            throw EngineError("the round's result in \(resultFile.path) can't be read: \(error)")
        }
    }

    func save(_ result: RoundResult) throws {
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        try Durable.write(try JSONEncoder().encode(result), to: resultFile)
    }

    func update(of node: String) -> URL { updates.appending(path: "\(node).safetensors") }

    /// Keeps an update under another name of the same file.
    func keepUpdate(_ file: URL, of node: String) throws {
        try FileManager.default.createDirectory(at: updates, withIntermediateDirectories: true)
        try? FileManager.default.removeItem(at: update(of: node))
        try FileManager.default.linkItem(at: file, to: update(of: node))
    }

    func discardUpdates() {
        try? FileManager.default.removeItem(at: updates)
        for file in [part, kept] { try? FileManager.default.removeItem(at: file) }
    }

    /// Removes the candidate, and the strategy's state with it.
    func discardCandidate() throws {
        try? FileManager.default.removeItem(at: state)
        guard hasCandidate else { return }
        try FileManager.default.removeItem(at: candidate)
        try Durable.synchronize(folder: root)
    }
}

extension RoundResult {
    var finished: FinishedRound? {
        if case .finished(let finished) = outcome { return finished }
        return nil
    }
}
