import Artifacts
import Core

/// What a message of the engine's says of itself: the round's ticket as far as a node has to hold it against what it has
/// active, and what the model beside it must be.
struct MessageHead: Sendable, Equatable {
    var task: String
    var epoch: Int
    var commit: CommitHash
    var digest: ContentDigest
    /// SHA-256 of the model's file, where the message has one.
    var model: ContentDigest?

    init(_ ticket: Ticket, model: FileDigest?) {
        task = ticket.task
        epoch = ticket.epoch
        commit = ticket.commit
        digest = ticket.digest
        self.model = model?.digest
    }

    /// `nil` for fields of anything else.
    init?(_ fields: [String: String]) {
        guard let task = fields[EngineHeaders.task], let epoch = fields[EngineHeaders.epoch].flatMap({ Int($0) }),
            let commit = fields[EngineHeaders.commit].flatMap({ CommitHash($0) }),
            let digest = fields[EngineHeaders.artifact].flatMap({ ContentDigest($0) })
        else { return nil }
        self.task = task
        self.epoch = epoch
        self.commit = commit
        self.digest = digest
        model = fields[EngineHeaders.sha256].flatMap { ContentDigest($0) }
    }

    var fields: [String: String] {
        var fields = [
            EngineHeaders.task: task, EngineHeaders.epoch: String(epoch), EngineHeaders.commit: commit.text,
            EngineHeaders.artifact: digest.description,
        ]
        if let model { fields[EngineHeaders.sha256] = model.description }
        return fields
    }
}
