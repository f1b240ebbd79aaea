package import Foundation
package import Tensors

/// The coordinate-wise trimmed mean: of each element the mean of the clients' values without the largest and the
/// smallest `beta` of them, ⌊beta · n⌋ at each end.
///
/// Source: Yin et al., "Byzantine-Robust Distributed Learning: Towards Optimal Statistical Rates", ICML 2018, definition 2
/// and algorithm 1, option II. The default of 0.2 and the rounding down are those of
/// `flwr.serverapp.strategy.FedTrimmedAvg`. Clients weigh equally. Below 1 / beta clients nothing is cut.
///
/// Memory: updates stay on disk until the end of the round and are worked through in pieces, 2000 elements of each for each core.
/// Integers: their trimmed mean, rounded to nearest, ties to even; booleans: what more than half of the clients have.
package struct TrimmedMean: Aggregator {
    private let beta: Double
    private var kept: KeptUpdates

    package var updates: Int { kept.all.count }

    /// - Parameter beta: From 0 to below 0.5.
    package init(beta: Double, reference: SafetensorsFile) {
        self.beta = beta
        kept = KeptUpdates(reference: reference)
    }

    package mutating func add(_ update: SafetensorsFile, _ numbers: UpdateNumbers) throws(UpdateRefusal) {
        try kept.add(update, numbers)
    }

    package func write(to url: URL, metadata: [String: String]) throws {
        try kept.check("trimmedmean", needs: 1, why: "there is none of nothing")
        let cut = Int(beta * Double(updates))
        try kept.write(kept.all, window: .trimmed(cut), to: url, metadata: metadata)
    }
}
