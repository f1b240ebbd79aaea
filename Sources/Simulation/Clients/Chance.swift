import Core

/// Numbers that a seed and what they are for decide, and nothing else: not the order in which they are asked for.
package struct Chance: Sendable {
    package let seed: Int

    package init(seed: Int) { self.seed = seed }

    /// 64 bits: FNV-1a over the text, then the finaliser of SplitMix64 (Steele, Lea and Flood, "Fast splittable
    /// pseudorandom number generators", 2014).
    func bits(_ what: String) -> UInt64 {
        var hash = UInt64(bitPattern: Int64(seed)) ^ 0xcbf2_9ce4_8422_2325
        for byte in what.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        hash &+= 0x9e37_79b9_7f4a_7c15
        hash = (hash ^ (hash >> 30)) &* 0xbf58_476d_1ce4_e5b9
        hash = (hash ^ (hash >> 27)) &* 0x94d0_49bb_1331_11eb
        return hash ^ (hash >> 31)
    }

    /// From 0 up to, and without, 1.
    package func unit(_ what: String) -> Double { Double(bits(what) >> 11) * 0x1p-53 }

    /// A seed for a worker's own random numbers, from 0 to 2^31 - 1.
    func workerSeed(_ what: String) -> Int { Int(bits(what) >> 33) }
}

/// What chance has in store for one client in one round.
struct Fate: Sendable, Equatable {
    /// It is lost before it delivers.
    var dropsOut: Bool
    /// Seconds after the ticket's issue at which its update arrives.
    var delay: Double

    init(of node: String, in ticket: Ticket, _ options: FederationOptions) {
        let chance = Chance(seed: options.seed)
        let place = "\(ticket.epoch)/\(node)"
        dropsOut = options.dropout > 0 && chance.unit("dropout/\(place)") < options.dropout
        delay =
            options.delay.map { $0.lowerBound + ($0.upperBound - $0.lowerBound) * chance.unit("delay/\(place)") } ?? 0
    }

    /// Whether its update would arrive only after the end of training.
    func isLate(for ticket: Ticket) -> Bool { ticket.issued + delay > ticket.trainBy }
}
