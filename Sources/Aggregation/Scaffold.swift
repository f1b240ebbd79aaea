package import Foundation
package import Tensors

/// SCAFFOLD: clients correct each step by the difference between the server's control variate `c` and their own `c_i`, so
/// that they don't drift to their own optimum. x⁺ = x + eta · mean(y_i - x), c⁺ = c + (1 / N) Σ (c_i⁺ - c_i).
///
/// Source: Karimireddy, Kale, Mohri, Reddi, Stich, Suresh, "SCAFFOLD: Stochastic Controlled Averaging for Federated
/// Learning", ICML 2020, algorithm 1, with option II on the clients. Clients weigh equally, as there; Flower has no SCAFFOLD.
///
/// An update has `fedops:control:NAME` with c_i⁺ - c_i beside a parameter `NAME`, F64 beside F64 and else F32; a parameter without
/// one has had no change of its control variate. Under `fedops:control` in its metadata it has an id of that c_i⁺. The
/// server's state has `c` under the same names, and in its metadata, under `nodes`, the id of each node's c_i that is part of
/// `c`: a node goes on from that one and no other, whatever became of rounds in between.
///
/// N is the number of nodes that have taken part so far, or `clients` where that is more. While it grows, `c` is kept at the
/// mean of their c_i, which is what the paper's update with a fixed N comes to once every node has taken part.
///
/// Memory: sums of models and of control variates, 16 bytes for each floating-point element. Integers: the mean of the
/// clients, rounded to nearest, ties to even; booleans: what more than half of the clients have, else the base's.
package struct Scaffold: Aggregator {
    package static let slot = "control"
    /// In an update's metadata: the id of the client's new control variate.
    package static let idKey = "fedops:control"
    /// In the state's metadata: node to id, as JSON.
    package static let nodesKey = "nodes"
    static let name = "scaffold"

    private let eta: Double
    private let clients: Int
    private let state: ServerState
    private let known: [String: String]
    private let specs: [TensorSpec]
    private let extra: [String: TensorSpec]
    /// Where each tensor of the model is among the control variates.
    private let places: [Int: Int]
    private let pieces: Pieces
    private let changes: Sums
    private var mean: WeightedMean
    private var ids: [String: String] = [:]

    package var updates: Int { mean.updates }
    package var extraBytes: Int { specs.reduce(0) { $0 + $1.byteCount } + specs.count * 200 }

    /// - Throws: When there is no memory for the sums, or the state isn't one of this model's.
    init(eta: Double, clients: Int?, reference: SafetensorsFile, state: SafetensorsFile?) throws(AggregationError) {
        self.eta = eta
        self.clients = clients ?? 0
        self.state = try ServerState(Self.name, [Self.slot], of: reference, file: state)
        known = state.map { Self.nodes(of: $0) } ?? [:]
        specs = try ReservedName.specs(Self.slot, of: reference)
        extra = Dictionary(specs.map { ($0.name, $0) }) { first, _ in first }
        let floats = reference.specs.indices.filter { reference.specs[$0].dtype.isFloat }
        places = Dictionary(uniqueKeysWithValues: floats.enumerated().map { ($1, $0) })
        pieces = Pieces(specs)
        guard let changes = Sums(specs) else { throw WeightedMean.noMemory(reference) }
        self.changes = changes
        mean = try WeightedMean(reference: reference)
    }

    /// The ids of the control variates that the server's has in it, by node.
    package static func nodes(of state: SafetensorsFile) -> [String: String] {
        guard let text = state.metadata[nodesKey] else { return [:] }
        return (try? JSONDecoder().decode([String: String].self, from: Data(text.utf8))) ?? [:]
    }

    /// - Throws: `.mismatch` without the id of a control variate, and what `FedAvg.add` throws.
    package mutating func add(_ update: SafetensorsFile, _ numbers: UpdateNumbers) throws(UpdateRefusal) {
        guard let id = update.metadata[Self.idKey], (1...64).contains(id.utf8.count) else {
            throw UpdateRefusal(
                .mismatch,
                "the update has no control variates: scaffold's clients send them with their model"
            )
        }
        guard numbers.examples > 0 else {
            throw UpdateRefusal(.examples, "the update counts \(numbers.examples) examples: it was trained on nothing")
        }
        let there = specs.map { update.index(of: $0.name) }
        let (specs, pieces, changes) = (specs, pieces, changes)
        try mean.add(update, examples: 1, extra: extra) { bytes in
            pieces.onAllCores { piece in
                guard let tensor = there[piece.tensor] else { return }
                let dtype = specs[piece.tensor].dtype
                changes.add(
                    bytes.part(of: Piece(tensor: tensor, elements: piece.elements), dtype),
                    weight: 1,
                    piece: piece
                )
            }
        }
        ids[numbers.node] = id
    }

    package func write(to url: URL, metadata: [String: String]) throws {
        try mean.checkAny()
        let reference = mean.reference
        let (base, target) = (PieceBuffer(), PieceBuffer())
        try ModelWriting.write(like: reference, to: url, metadata: metadata) { piece, bytes in
            let dtype = reference.specs[piece.tensor].dtype
            return try reference.withTensors { tensors in
                let part = tensors.part(of: piece, dtype)
                // With eta 1 it is the mean itself, which is rounded only once then.
                guard dtype.isFloat, eta != 1 else { return mean.bytes(piece, base: part, into: bytes) }
                let old = base.widen(part, dtype)
                let values = target.zeros(old.count)
                mean.values(piece, into: values)
                for index in values.indices { values[index] = old[index] + eta * (values[index] - old[index]) }
                return FloatKernels.divide(UnsafeBufferPointer(values), by: 1, into: bytes, dtype)
            }
        }
    }

    package func writeState(to url: URL, metadata: [String: String]) throws -> Bool {
        try mean.checkAny()
        let nodes = known.merging(ids) { $1 }
        let before = Double(max(known.count, clients))
        let now = Double(max(nodes.count, clients))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let own = [Self.nodesKey: String(decoding: try encoder.encode(nodes), as: UTF8.self)]
        let (old, sum) = (PieceBuffer(), PieceBuffer())
        try state.write(to: url, metadata: metadata.merging(own) { $1 }) { _, piece in
            let values = try state.values(0, piece, into: old)
            let added = sum.zeros(values.count)
            if let place = places[piece.tensor] {
                changes.mean(Piece(tensor: place, elements: piece.elements), weight: now, into: added)
            }
            for index in values.indices { values[index] = values[index] * (before / now) + added[index] }
            return values
        }
        return true
    }
}
