package import Foundation
package import Tensors

/// Bulyan: of the updates that Krum chooses one after the other, θ = n - 2f, each element is the mean of the θ - 2f values that
/// are closest to their median.
///
/// Source: El Mhamdi, Guerraoui, Rouault, "The Hidden Vulnerability of Distributed Learning in Byzantium", ICML 2018,
/// section 4, with Krum as its rule, on models in place of gradients. It needs n ≥ 4f + 3. Krum is asked again after
/// each choice, with one update less, as there and in Flower's `flwr.server.strategy.Bulyan`; where that leaves it fewer than
/// one neighbour it looks at one.
///
/// Memory and dtypes: updates stay on disk until the end of the round and are worked through in pieces, as in `Krum`.
/// Integers: the mean of the values closest to the median, rounded to nearest, ties to even; booleans: what more than half of
/// the chosen have, else the base's.
package struct Bulyan: Aggregator {
    private let malicious: Int
    private var kept: KeptUpdates

    package var updates: Int { kept.all.count }

    /// - Parameter malicious: f, the most clients that may be malicious.
    package init(malicious: Int, reference: SafetensorsFile) {
        self.malicious = malicious
        kept = KeptUpdates(reference: reference)
    }

    package mutating func add(_ update: SafetensorsFile, _ numbers: UpdateNumbers) throws(UpdateRefusal) {
        try kept.add(update, numbers)
    }

    package func write(to url: URL, metadata: [String: String]) throws {
        try kept.check("bulyan", needs: 4 * malicious + 3, why: "4f + 3 with f = \(malicious)")
        let size = updates - 2 * malicious
        let distances = try Distances(kept)
        var rest = Array(kept.all.indices)
        var chosen: [Int] = []
        while chosen.count < size {
            let scores = distances.scores(of: rest, malicious: malicious)
            guard let best = scores.indices.min(by: { scores[$0] < scores[$1] }) else { break }
            chosen.append(rest.remove(at: best))
        }
        try kept.write(
            chosen.sorted().map { kept.all[$0] },
            window: .nearest(size - 2 * malicious),
            to: url,
            metadata: metadata
        )
    }
}
