import Artifacts
package import Core
import Foundation

/// What stands beside a numbered model's file: what it holds and where it came from.
package struct StoredModel: Codable, Sendable, Equatable {
    package var version: Int
    package var digest: ContentDigest
    package var bytes: Int
    /// The ticket of the round that made it.
    package var ticket: Ticket
    package var result: FinishedRound
    package var promoted: Instant
}

/// The numbered global models of a task.
extension TaskFolder {
    private func file(_ version: Int) -> URL { models.appending(path: "\(version).safetensors") }
    private func card(_ version: Int) -> URL { models.appending(path: "\(version).json") }
    /// What the strategy kept with the model, where it keeps something.
    func state(_ version: Int) -> URL { models.appending(path: "\(version).state.safetensors") }

    func stored(_ version: Int) -> StoredModel? {
        guard let data = try? Data(contentsOf: card(version)) else { return nil }
        return try? JSONDecoder().decode(StoredModel.self, from: data)
    }

    /// The model's file, where it is there as a whole. Its content was digested when it was written, and whoever loads
    /// it digests it again.
    func model(_ version: Int) -> ModelFile? {
        guard let stored = stored(version), stored.version == version else { return nil }
        let url = file(version)
        let size = (try? FileManager.default.attributesOfItem(atPath: url.path)[.size] as? NSNumber)?.intValue
        guard size == stored.bytes else { return nil }
        return ModelFile(url: url, content: FileDigest(digest: stored.digest, bytes: stored.bytes))
    }

    func model(_ reference: ModelReference) -> ModelFile? {
        model(reference.version).flatMap { $0.content.digest == reference.digest ? $0 : nil }
    }

    /// Makes an epoch's candidate the model of this version. A second call with the same arguments changes nothing.
    func promote(epoch: Int, version: Int, at instant: Instant) throws {
        let round = round(epoch)
        guard let finished = try round.result()?.finished, let ticket = round.begun() else {
            throw EngineError("epoch \(epoch) has no finished round in \(round.root.path)")
        }
        let reference = ModelReference(version: version, digest: finished.model)
        if model(reference) != nil { return try round.discardCandidate() }
        guard round.hasCandidate else {
            throw EngineError("the candidate of epoch \(epoch) is not in \(round.root.path): was the folder changed?")
        }
        try FileManager.default.createDirectory(at: models, withIntermediateDirectories: true)
        try Durable.synchronize(folder: root)
        let stored = StoredModel(
            version: version,
            digest: finished.model,
            bytes: finished.bytes,
            ticket: ticket,
            result: finished,
            promoted: instant
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        // The card comes first: a file without one is nothing, a card without its file is made whole by another call.
        // The state comes before the model, so that a model on the shelf has it; it is of use to that model alone.
        try Durable.write(try encoder.encode(stored), to: card(version))
        if FileManager.default.fileExists(atPath: round.state.path) {
            try Durable.rename(round.state, to: state(version))
        }
        try Durable.rename(round.candidate, to: file(version))
    }

    /// Makes sure that a model which the controller names is on the shelf, even where the answer that promoted it never
    /// came. Returns whether it is there.
    func keep(_ reference: ModelReference, at instant: Instant) throws -> Bool {
        if model(reference) != nil { return true }
        for (epoch, folder) in try allRounds()
        where folder.hasCandidate && folder.begun()?.version == reference.version {
            guard try folder.result()?.finished?.model == reference.digest else { continue }
            try promote(epoch: epoch, version: reference.version, at: instant)
            return true
        }
        return false
    }

    private var protectedFile: URL { models.appending(path: ".protected") }

    /// The version that is kept whatever its age.
    func protected() -> Int? {
        (try? String(contentsOf: protectedFile, encoding: .utf8)).flatMap { Int($0) }
    }

    func protect(_ version: Int?) throws {
        guard let version else {
            if FileManager.default.fileExists(atPath: protectedFile.path) {
                try FileManager.default.removeItem(at: protectedFile)
            }
            return
        }
        try FileManager.default.createDirectory(at: models, withIntermediateDirectories: true)
        try Durable.write(Data(String(version).utf8), to: protectedFile)
    }

    /// Of all models that have a card, in no order.
    var versions: [Int] {
        ((try? FileManager.default.contentsOfDirectory(atPath: models.path)) ?? [])
            .compactMap { $0.hasSuffix(".json") && !$0.hasPrefix(".") ? Int($0.dropLast(5)) : nil }
    }

    /// Removes all but the newest `count` models and one more that is to be kept.
    func retain(_ count: Int, and other: Int?) throws {
        for version in versions.sorted(by: >).dropFirst(max(1, count)) where version != other {
            try? FileManager.default.removeItem(at: file(version))
            try? FileManager.default.removeItem(at: state(version))
            try FileManager.default.removeItem(at: card(version))
        }
    }
}
