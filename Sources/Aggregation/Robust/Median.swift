package import Foundation
package import Tensors

/// The coordinate-wise median: of each element the middle one of the clients' values, or the mean of the two in the middle.
///
/// Source: Yin, Chen, Ramchandran, Bartlett, "Byzantine-Robust Distributed Learning: Towards Optimal Statistical Rates",
/// ICML 2018, definition 1 and algorithm 1, option I, on models in place of gradients. `flwr.serverapp.strategy.FedMedian`
/// is the same. Clients weigh equally: examples are what a poisoned client would lie about.
///
/// Memory: updates stay on disk until the end of the round and are worked through in pieces, 2000 elements of each for each core.
/// Integers: their median, rounded to nearest, ties to even; booleans: what more than half of the clients have.
package struct Median: Aggregator {
    private var kept: KeptUpdates

    package var updates: Int { kept.all.count }

    package init(reference: SafetensorsFile) { kept = KeptUpdates(reference: reference) }

    package mutating func add(_ update: SafetensorsFile, _ numbers: UpdateNumbers) throws(UpdateRefusal) {
        try kept.add(update, numbers)
    }

    package func write(to url: URL, metadata: [String: String]) throws {
        try kept.check("median", needs: 1, why: "there is none of nothing")
        try kept.write(kept.all, window: .median, to: url, metadata: metadata)
    }
}
