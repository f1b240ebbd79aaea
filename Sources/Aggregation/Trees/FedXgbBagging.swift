package import Foundation
package import Tensors

/// Bagging of boosted trees: the new model is the global one with the new trees of all clients behind its own.
///
/// Source: `flwr.serverapp.strategy.FedXgbBagging` of Flower 1.41, which appends in order of arrival one boosting round of
/// each client; here a client may add any number of rounds, for any number of classes, in the order of the clients' names.
/// Trees are appended as they are, with weight 1 each whatever the client's examples: a prediction is base_score, which
/// is the global model's, and the sum of all trees.
///
/// Memory: one line of trees of the update that is being checked. Updates stay on disk until the end of the round.
package struct FedXgbBagging: Aggregator {
    private let reference: SafetensorsFile
    private let first: Data
    /// By node, so that nothing depends on the order of arrival.
    private var kept: [(node: String, file: SafetensorsFile)] = []

    package var updates: Int { kept.count }

    /// The new trees of one client may have 256 MiB, however few the global model has.
    package var extraBytes: Int { 256 << 20 }

    /// - Throws: Where the base isn't trees.
    package init(reference: SafetensorsFile) throws(AggregationError) {
        self.reference = reference
        do {
            first = try TreeLines.check(reference)
        } catch {
            throw AggregationError("strategy fedxgbbagging appends trees to the global model: \(error)")
        }
    }

    package mutating func add(_ update: SafetensorsFile, _ numbers: UpdateNumbers) throws(UpdateRefusal) {
        guard numbers.examples > 0 else {
            throw UpdateRefusal(.examples, "the update counts \(numbers.examples) examples: it was trained on nothing")
        }
        let line = try TreeLines.check(update)
        if let difference = TreeLines.difference(line, first) {
            throw UpdateRefusal(.mismatch, "the update's trees are not for the global model: \(difference)")
        }
        guard update.specs[0].count > line.count else {
            throw UpdateRefusal(.value, "the update has no new trees")
        }
        let place = kept.firstIndex { $0.node > numbers.node } ?? kept.endIndex
        kept.insert((numbers.node, update), at: place)
    }

    package func write(to url: URL, metadata: [String: String]) throws {
        guard !kept.isEmpty else { throw AggregationError("fedxgbbagging needs an update, none was counted") }
        let count = kept.reduce(reference.specs[0].count) { $0 + $1.file.specs[0].count - first.count }
        let spec = try TensorSpec(name: TreeLines.tensor, dtype: .u8, shape: [count])
        var writer = try SafetensorsWriter(url: url, specs: [spec], metadata: metadata)
        for (file, begin) in [(reference, 0)] + kept.map({ ($0.file, first.count) }) {
            try file.withTensors { tensors in
                let bytes = tensors[0]
                for start in stride(from: begin, to: bytes.count, by: Self.piece) {
                    let end = min(start + Self.piece, bytes.count)
                    try writer.write(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
                }
            }
        }
        try writer.finish()
    }

    private static let piece = 1 << 20
}
