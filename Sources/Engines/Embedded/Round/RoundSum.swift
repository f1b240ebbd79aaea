import Aggregation
import Core
import Foundation
import Synchronization
import Tensors

/// The sum of a round's updates, and the base model that they are held against.
///
/// It is the only thing of a model's size that a round keeps in memory; an update is mapped while it is added.
final class RoundSum: Sendable {
    private let reference: SafetensorsFile
    private let average: Mutex<FedAvg>

    /// - Throws: `TensorError` where the base isn't a model, `AggregationError` without memory for the sum.
    init(base: URL) throws {
        reference = try SafetensorsFile(mapping: base)
        average = Mutex(try FedAvg(reference: reference))
    }

    /// - Throws: `TensorError` or `UpdateRefusal`; nothing of the update has been added then.
    func add(_ update: URL, examples: Int) throws {
        let file = try SafetensorsFile(mapping: update)
        try average.withLock { average throws in try average.add(file, examples: examples) }
    }

    /// Writes the mean, durably, and returns what the file holds.
    func write(to url: URL, metadata: [String: String]) throws -> ModelFile {
        try average.withLock { average throws in try average.write(to: url, metadata: metadata) }
        return ModelFile(url: url, content: try FileDigest(of: url))
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

    /// Refuses what can't be a first global model: a file that isn't safetensors, or a value that isn't finite.
    static func checkFirst(_ url: URL) throws {
        let file = try SafetensorsFile(mapping: url)
        try FedAvg.check(file, against: file)
    }
}
