package import Foundation
package import Tensors

/// How the updates of one round become one model: what every strategy does.
///
/// Names, shapes and dtypes of the model stay those of the base. An aggregator knows files, not where they come from.
package protocol Aggregator: Sendable {
    /// How many updates were added.
    var updates: Int { get }

    /// Bytes that an update may have beside the model's tensors.
    var extraBytes: Int { get }

    /// Takes an update, on all cores; the calling thread is busy until it is done.
    ///
    /// - Throws: Before anything is taken: why the update can't be part of this round's model.
    mutating func add(_ update: SafetensorsFile, _ numbers: UpdateNumbers) throws(UpdateRefusal)

    /// Writes the new model; the file appears when it is complete and durable.
    ///
    /// - Throws: `AggregationError` where there is no model of these updates, `TensorError` where the file can't be written.
    func write(to url: URL, metadata: [String: String]) throws

    /// Writes what the next round's aggregator has to know of this one; `false` where there is nothing such.
    func writeState(to url: URL, metadata: [String: String]) throws -> Bool
}

extension Aggregator {
    package var extraBytes: Int { 0 }
    package func writeState(to url: URL, metadata: [String: String]) throws -> Bool { false }
}

/// What comes with an update beside its tensors.
package struct UpdateNumbers: Sendable, Equatable {
    /// The node that it is from.
    package var node: String
    /// Examples that it was trained on.
    package var examples: Int
    /// Local steps, as `FedNova` means them.
    package var steps: Double?

    package init(node: String, examples: Int, steps: Double? = nil) {
        self.node = node
        self.examples = examples
        self.steps = steps
    }
}

/// Names of tensors that strategies add to updates and keep in their states.
package enum ReservedName {
    package static let prefix = "fedops:"

    /// Such as `fedops:control:layer.weight`.
    static func of(_ slot: String, _ tensor: String) -> String { "\(prefix)\(slot):\(tensor)" }

    /// A tensor of a strategy's own for each floating-point tensor of the model: F64 beside F64, else F32.
    static func specs(_ slot: String, of reference: SafetensorsFile) throws(AggregationError) -> [TensorSpec] {
        var specs: [TensorSpec] = []
        for spec in reference.specs where spec.dtype.isFloat {
            do {
                specs.append(
                    try TensorSpec(
                        name: of(slot, spec.name),
                        dtype: spec.dtype == .f64 ? .f64 : .f32,
                        shape: spec.shape
                    )
                )
            } catch {
                throw AggregationError("\(error)")
            }
        }
        return specs
    }
}
