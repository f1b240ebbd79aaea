package import Foundation
package import Tensors

/// Krum and multi-Krum: the update that is closest to its n - f - 2 nearest others, or the mean of the `m` that are closest.
///
/// Source: Blanchard, El Mhamdi, Guerraoui, Stainer, "Machine Learning with Adversaries: Byzantine Tolerant Gradient
/// Descent", NeurIPS 2017, section 4, on models in place of gradients: differences are the same, since all clients start
/// from one base. It needs n ≥ 2f + 3. Distances are of floating-point tensors alone. Multi-Krum's mean has equal
/// weights, as there; Flower's `MultiKrum` weighs it by examples, which a poisoned client would lie about, and lets the flow
/// give `m`; by default it is n - f here. Flower's `Krum` is the same as ours.
///
/// Memory: updates stay on disk until the end of the round and are worked through in pieces, 4096 elements of each for each
/// core, and n² distances for each of 64 stripes. Krum's model is the chosen update, with its integers and booleans as
/// they are; multi-Krum's integers are the mean of the chosen, rounded to nearest, ties to even, and its booleans what more
/// than half of the chosen have, else the base's.
package struct Krum: Aggregator {
    private let malicious: Int
    /// nil for Krum.
    private let select: Select?
    private var kept: KeptUpdates

    /// How many multi-Krum chooses.
    package enum Select: Sendable, Equatable {
        case honest
        case count(Int)
    }

    package var updates: Int { kept.all.count }

    /// - Parameters:
    ///   - malicious: f, the most clients that may be malicious.
    ///   - select: For multi-Krum: how many it takes the mean of.
    package init(malicious: Int, select: Select? = nil, reference: SafetensorsFile) {
        self.malicious = malicious
        self.select = select
        kept = KeptUpdates(reference: reference)
    }

    package mutating func add(_ update: SafetensorsFile, _ numbers: UpdateNumbers) throws(UpdateRefusal) {
        try kept.add(update, numbers)
    }

    package func write(to url: URL, metadata: [String: String]) throws {
        let name = select == nil ? "krum" : "multikrum"
        try kept.check(name, needs: 2 * malicious + 3, why: "2f + 3 with f = \(malicious)")
        var count = 1
        switch select {
        case nil: break
        case .honest: count = updates - malicious
        case .count(let wanted):
            try kept.check(name, needs: wanted, why: "m")
            count = wanted
        }
        let members = Array(kept.all.indices)
        let scores = try Distances(kept).scores(of: members, malicious: malicious)
        // Of equal scores the first by name.
        let best = members.sorted { (scores[$0], $0) < (scores[$1], $1) }.prefix(count)
        try kept.write(best.sorted().map { kept.all[$0] }, window: .all, to: url, metadata: metadata)
    }
}
