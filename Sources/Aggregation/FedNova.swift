package import Foundation
package import Tensors

/// FedNova: each client's change is divided by its number of local steps before it is averaged, so that clients that
/// step more don't pull the model to their own optimum.
///
/// Source: Wang, Liu, Liang, Joshi, Poor, "Tackling the Objective Inconsistency Problem in Heterogeneous Federated
/// Optimization", NeurIPS 2020, equations 6 and 9, with p_i a client's share of the examples and `steps` the sum of its
/// accumulation vector, ||a_i||_1, which is its number of steps for SGD without momentum:
/// x⁺ = x + (Σ p_i ||a_i||_1) · Σ p_i (y_i - x) / ||a_i||_1. There is no FedNova in Flower's package.
///
/// Memory: that of `FedAvg`, 8 bytes for each floating-point element. Integers and booleans: as `FedAvg` has them, weighted by
/// examples, and not normalised by steps.
package struct FedNova: Aggregator {
    /// More steps than that are a mistake.
    private static let mostSteps = 1e12

    private var mean: WeightedMean
    /// Σ n_i ||a_i||_1.
    private var steps = 0.0

    package var updates: Int { mean.updates }

    /// - Throws: When there is no memory for the sum.
    package init(reference: SafetensorsFile) throws(AggregationError) {
        mean = try WeightedMean(reference: reference)
    }

    /// - Throws: `.steps` without a number of steps from 1 to 10^12, and what `FedAvg.add` throws.
    package mutating func add(_ update: SafetensorsFile, _ numbers: UpdateNumbers) throws(UpdateRefusal) {
        guard let own = numbers.steps else {
            throw UpdateRefusal(.steps, "the update doesn't say how many local steps it took, which fednova divides by")
        }
        guard own >= 1, own <= Self.mostSteps else {
            throw UpdateRefusal(.steps, "the update took \(own) local steps: from 1 to \(Self.mostSteps) are possible")
        }
        try mean.add(update, examples: numbers.examples, scale: 1 / own)
        steps += Double(numbers.examples) * own
    }

    package func write(to url: URL, metadata: [String: String]) throws {
        try mean.checkAny()
        let (reference, mean) = (mean.reference, mean)
        let (base, target) = (PieceBuffer(), PieceBuffer())
        // Σ p_i ||a_i||_1 · Σ p_i / ||a_i||_1: how far to go towards the mean that is weighted by n_i / ||a_i||_1.
        let share = Double(mean.examples)
        let factor = steps / share * (mean.weight / share)
        try ModelWriting.write(like: reference, to: url, metadata: metadata) { piece, bytes in
            let dtype = reference.specs[piece.tensor].dtype
            return try reference.withTensors { tensors in
                let part = tensors.part(of: piece, dtype)
                guard dtype.isFloat else { return mean.bytes(piece, base: part, into: bytes) }
                let old = base.widen(part, dtype)
                let values = target.zeros(old.count)
                mean.values(piece, into: values)
                for index in values.indices { values[index] = old[index] + factor * (values[index] - old[index]) }
                return FloatKernels.divide(UnsafeBufferPointer(values), by: 1, into: bytes, dtype)
            }
        }
    }
}
