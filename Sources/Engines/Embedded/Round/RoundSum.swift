import Aggregation
import Artifacts
import Core
import Foundation
import Synchronization
import Tensors

/// What a round makes of its updates, and the base model that they are held against.
///
/// What of it is in memory is the strategy's affair, and stated there; an update is mapped while it is added. Robust
/// strategies keep their updates mapped until the round is over, though the files' names are gone by then.
final class RoundSum: Sendable {
    /// The most bytes of an update's tensors.
    let updateBytes: Int
    private let reference: SafetensorsFile
    private let aggregator: Mutex<any Aggregator>

    /// - Parameter state: What the strategy kept with the base; without it the strategy starts anew.
    /// - Throws: `TensorError` where the base isn't a model, `AggregationError` without memory for a sum.
    init(base: URL, _ strategy: Strategy, state: URL? = nil) throws {
        reference = try SafetensorsFile(mapping: base)
        let aggregator = try strategy.aggregator(
            reference: reference,
            state: try state.map { try SafetensorsFile(mapping: $0) }
        )
        updateBytes = reference.byteCount + aggregator.extraBytes
        self.aggregator = Mutex(aggregator)
    }

    /// - Throws: `TensorError` or `UpdateRefusal`; nothing of the update has been added then.
    func add(_ update: URL, _ numbers: UpdateNumbers) throws {
        let file = try SafetensorsFile(mapping: update)
        try aggregator.withLock { aggregator throws in try aggregator.add(file, numbers) }
    }

    /// Writes the new model and the strategy's state, durably, and returns what the model's file holds.
    ///
    /// The state names the model that it belongs to, and so can't be taken for another's.
    func write(to url: URL, state: URL, metadata: [String: String]) throws -> ModelFile {
        try aggregator.withLock { aggregator throws in
            try aggregator.write(to: url, metadata: metadata)
            let model = ModelFile(url: url, content: try FileDigest(of: url))
            let own = [StateShelf.modelKey: model.content.digest.description]
            _ = try aggregator.writeState(to: state, metadata: metadata.merging(own) { $1 })
            return model
        }
    }

    /// Takes the model that the project's own strategy made of the updates, and what it keeps.
    func take(_ model: URL, kept: URL) throws {
        let (file, state) = (try SafetensorsFile(mapping: model), try Data(contentsOf: kept))
        try aggregator.withLock { aggregator throws in
            guard var external = aggregator as? External else { return }
            do {
                try external.take(file, state: state)
            } catch {
                throw EngineError("the app's strategy made another model than the round's: \(error)")
            }
            aggregator = external
        }
    }

    /// Writes the mean of some updates: what contributions are measured by, whatever strategy the round has.
    static func mean(of updates: [(file: URL, examples: Int)], base: URL, to file: URL) throws {
        var average = try FedAvg(reference: try SafetensorsFile(mapping: base))
        for update in updates {
            try average.add(try SafetensorsFile(mapping: update.file), examples: update.examples)
        }
        try? FileManager.default.removeItem(at: file)
        try average.write(to: file)
    }

    /// Refuses what can't be a first global model: a file that isn't safetensors, a value that isn't finite, a name that
    /// strategies use.
    static func checkFirst(_ url: URL, _ strategy: Strategy) throws {
        let file = try SafetensorsFile(mapping: url)
        if TreeLines.areIn(file) {
            // Refuses a strategy that trees are not for, and lines that are no trees.
            _ = try strategy.aggregator(reference: file)
            return
        }
        try UpdateCheck.checkNames(of: file)
        try UpdateCheck.check(file, against: file)
    }
}
