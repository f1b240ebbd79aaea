import Foundation
import Tensors

/// `FedAvg`'s mean, followed by a step of an optimiser on the server.
///
/// Memory: that of `FedAvg`; base and state are read, and the new ones written, piece by piece. The state is a safetensors
/// file with a tensor `fedops:SLOT:NAME` for each slot and floating-point tensor, F64 beside F64 and else F32, and the
/// number of rounds in its metadata. Integers and booleans get `FedAvg`'s mean: a step along a counter means nothing.
struct ServerOptimized<Optimizer: ServerOptimizer>: Aggregator {
    private let name: String
    private let optimizer: Optimizer
    private let state: ServerState
    private var mean: WeightedMean

    var updates: Int { mean.updates }

    init(
        _ name: String,
        _ optimizer: Optimizer,
        reference: SafetensorsFile,
        state: SafetensorsFile?
    ) throws(AggregationError) {
        self.name = name
        self.optimizer = optimizer
        self.state = try ServerState(name, Optimizer.slots, of: reference, file: state)
        mean = try WeightedMean(reference: reference)
    }

    mutating func add(_ update: SafetensorsFile, _ numbers: UpdateNumbers) throws(UpdateRefusal) {
        try mean.add(update, examples: numbers.examples)
    }

    func write(to url: URL, metadata: [String: String]) throws {
        try mean.checkAny()
        let workspace = Workspace(slots: Optimizer.slots.count)
        try ModelWriting.write(like: mean.reference, to: url, metadata: metadata) { piece, bytes in
            let dtype = mean.reference.specs[piece.tensor].dtype
            guard dtype.isFloat else {
                return try mean.reference.withTensors {
                    mean.bytes(piece, base: $0.part(of: piece, dtype), into: bytes)
                }
            }
            let (model, _) = try step(piece, workspace)
            return FloatKernels.divide(UnsafeBufferPointer(model), by: 1, into: bytes, dtype)
        }
    }

    func writeState(to url: URL, metadata: [String: String]) throws -> Bool {
        try mean.checkAny()
        let workspace = Workspace(slots: Optimizer.slots.count)
        try state.write(to: url, metadata: metadata) { slot, piece in try step(piece, workspace).slots[slot] }
        return true
    }

    private func step(_ piece: Piece, _ workspace: Workspace) throws -> (
        model: UnsafeMutableBufferPointer<Double>, slots: [UnsafeMutableBufferPointer<Double>]
    ) {
        let dtype = mean.reference.specs[piece.tensor].dtype
        let model = try mean.reference.withTensors { workspace.model.widen($0.part(of: piece, dtype), dtype) }
        let change = workspace.change.zeros(model.count)
        mean.values(piece, into: change)
        for index in change.indices { change[index] -= model[index] }
        let slots = try workspace.slots.enumerated().map { try state.values($0, piece, into: $1) }
        optimizer.step(round: state.rounds + 1, change: change, slots: slots, model: model)
        return (model, slots)
    }

    private struct Workspace {
        let model = PieceBuffer()
        let change = PieceBuffer()
        let slots: [PieceBuffer]

        init(slots: Int) { self.slots = (0..<slots).map { _ in PieceBuffer() } }
    }
}
