import Artifacts
import Core
import Foundation

/// A client's files of a task: those of the round under way, and the newest model.
struct ParticipantFolder: Sendable {
    private let round: URL
    private let newest: URL

    init(scratch: URL, epoch: Int) throws {
        round = scratch.appending(path: "round-\(epoch)")
        newest = scratch.appending(path: "newest")
        // Of an earlier attempt at the same ticket nothing is worth keeping.
        try? FileManager.default.removeItem(at: round)
        for folder in [round, newest] {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        }
    }

    var first: URL { round.appending(path: "first.safetensors") }
    var base: URL { round.appending(path: "base.safetensors") }
    var control: URL { round.appending(path: "control.safetensors") }
    var update: URL { round.appending(path: "update.safetensors") }
    var candidate: URL { round.appending(path: "candidate.safetensors") }

    /// The model of this digest, where it is here and whole.
    func kept(_ digest: ContentDigest) -> URL? {
        let file = newest.appending(path: "\(digest.hex).safetensors")
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        return (try? FileDigest(of: file))?.digest == digest ? file : nil
    }

    /// Keeps the round's new model, in place of the one before.
    func keep(_ candidate: URL, _ digest: ContentDigest) {
        let files = FileManager.default
        let name = "\(digest.hex).safetensors"
        for other in (try? files.contentsOfDirectory(atPath: newest.path)) ?? [] where other != name {
            try? files.removeItem(at: newest.appending(path: other))
        }
        try? files.moveItem(at: candidate, to: newest.appending(path: name))
    }

    func removeRound() { try? FileManager.default.removeItem(at: round) }
}
