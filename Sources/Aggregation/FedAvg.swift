package import Foundation
package import Tensors

/// Federated averaging: the mean of the clients' models, weighted by their examples.
///
/// Source: McMahan, Moore, Ramage, Hampson, Agüera y Arcas, "Communication-Efficient Learning of Deep Networks from
/// Decentralized Data", AISTATS 2017, algorithm 1. `flwr.serverapp.strategy.FedAvg` is the same.
///
/// An update is added when it arrives and can be thrown away then: what is kept is the sum alone, 8 bytes for each
/// floating-point element. The rules by dtype:
/// - F64, F32, F16, BF16: summed up in double precision and rounded once to the model's dtype, to nearest, ties to
///   even. For all but F64 that is the exact mean's rounding, and so independent of the order of arrival, save for the
///   rare element whose mean lies within the sum's error (2^-53 of it for each update) of the middle of two values.
/// - Integers, such as BatchNorm's `num_batches_tracked`: the weighted mean, exactly, rounded to nearest, ties to even.
/// - BOOL: what more than half of the examples have; with a tie, what the base model has.
package struct FedAvg: Aggregator {
    private var mean: WeightedMean

    /// Examples of all updates that were added.
    package var examples: Int { mean.examples }
    package var updates: Int { mean.updates }

    /// - Parameter reference: The base model. Names, shapes and dtypes of updates and result are its own.
    /// - Throws: When there is no memory for the sum.
    package init(reference: SafetensorsFile) throws(AggregationError) {
        mean = try WeightedMean(reference: reference)
    }

    /// Adds an update, on all cores; the calling thread is busy until it is done.
    ///
    /// - Parameter examples: The update's weight, from 1 up; those of all updates are at most 2^47.
    /// - Throws: Before anything is added: `.examples`, and what `UpdateCheck.check` throws.
    package mutating func add(_ update: SafetensorsFile, examples: Int) throws(UpdateRefusal) {
        try mean.add(update, examples: examples)
    }

    package mutating func add(_ update: SafetensorsFile, _ numbers: UpdateNumbers) throws(UpdateRefusal) {
        try mean.add(update, examples: numbers.examples)
    }

    /// Writes the mean; the file appears when it is complete and durable.
    ///
    /// - Throws: `AggregationError` when nothing was added; `TensorError` when the file can't be written. A mean that isn't
    ///   finite would be refused too, but what `add` takes has none.
    package func write(to url: URL, metadata: [String: String] = [:]) throws {
        try mean.write(to: url, metadata: metadata)
    }
}
