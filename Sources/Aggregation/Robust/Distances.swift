import Dispatch
import Tensors

/// Squared Euclidean distances between all pairs of updates, over their floating-point tensors: a counter's difference
/// is none of the model's.
///
/// Worked through in pieces on all cores, and summed up in the same order whatever their number.
struct Distances: Sendable {
    private static let part = 4096
    private static let stripes = 64

    private let count: Int
    private var squares: [Double]

    subscript(a: Int, b: Int) -> Double { squares[a * count + b] }

    init(_ updates: KeptUpdates) throws {
        let all = updates.all
        let count = all.count
        var pieces: [Piece] = []
        for (tensor, spec) in updates.reference.specs.enumerated() where spec.dtype.isFloat {
            for start in stride(from: 0, to: spec.count, by: Self.part) {
                pieces.append(Piece(tensor: tensor, elements: start..<min(start + Self.part, spec.count)))
            }
        }
        let stripes = min(Self.stripes, max(1, pieces.count))
        let sums = UnsafeMutableBufferPointer<Double>.allocate(capacity: stripes * count * count)
        sums.initialize(repeating: 0)
        defer { sums.deallocate() }
        nonisolated(unsafe) let partial = sums
        let (work, specs) = (pieces, updates.reference.specs)
        try updates.withTensors(all) { tensors in
            DispatchQueue.concurrentPerform(iterations: stripes) { stripe in
                let begin = work.count * stripe / stripes
                let end = work.count * (stripe + 1) / stripes
                let own = UnsafeMutableBufferPointer(
                    rebasing: partial[stripe * count * count..<(stripe + 1) * count * count]
                )
                let rows = UnsafeMutableBufferPointer<Double>.allocate(capacity: Self.part * count)
                rows.initialize(repeating: 0)
                defer { rows.deallocate() }
                for piece in work[begin..<end] {
                    let dtype = specs[piece.tensor].dtype
                    let length = piece.elements.count
                    for (index, kept) in all.enumerated() {
                        let row = UnsafeMutableBufferPointer(
                            rebasing: rows[index * Self.part..<index * Self.part + length]
                        )
                        row.update(repeating: 0)
                        let there = Piece(tensor: kept.places[piece.tensor], elements: piece.elements)
                        FloatKernels.add(tensors[index].part(of: there, dtype), dtype, weight: 1, to: row)
                    }
                    for a in 0..<count {
                        for b in a + 1..<max(a + 1, count) {
                            var sum = 0.0
                            for index in 0..<length {
                                let difference = rows[a * Self.part + index] - rows[b * Self.part + index]
                                sum += difference * difference
                            }
                            own[a * count + b] += sum
                        }
                    }
                }
            }
        }
        squares = [Double](repeating: 0, count: count * count)
        self.count = count
        for stripe in 0..<stripes {
            for a in 0..<count {
                for b in a + 1..<max(a + 1, count) { squares[a * count + b] += sums[(stripe * count + a) * count + b] }
            }
        }
        for a in 0..<count { for b in 0..<a { squares[a * count + b] = squares[b * count + a] } }
    }

    /// Krum's score of each of `members`: the sum of the squared distances to its `n - f - 2` nearest others, at least one.
    ///
    /// Source: Blanchard et al. (see `Krum`), section 4.
    func scores(of members: [Int], malicious: Int) -> [Double] {
        let nearest = max(1, members.count - malicious - 2)
        return members.map { member in
            members.filter { $0 != member }.map { self[member, $0] }.sorted().prefix(nearest).reduce(0, +)
        }
    }
}
