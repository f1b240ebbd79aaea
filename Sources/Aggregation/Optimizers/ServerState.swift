import Foundation
import Tensors

/// What a strategy keeps on the server from round to round, as a safetensors file; zeros where there is none.
struct ServerState: Sendable {
    /// The key of the strategy's name in a state's metadata.
    static let strategyKey = "strategy"
    private static let roundsKey = "rounds"

    private let name: String
    private let slots: [String]
    private let reference: SafetensorsFile
    private let file: SafetensorsFile?
    /// Rounds that are in it.
    let rounds: Int

    /// - Throws: Where `flaw` has something to say of the file.
    init(_ name: String, _ slots: [String], of reference: SafetensorsFile, file: SafetensorsFile?)
        throws(AggregationError)
    {
        if let file, let flaw = try Self.flaw(of: file, name, slots, reference) { throw AggregationError(flaw) }
        self.name = name
        self.slots = slots
        self.reference = reference
        self.file = file
        rounds = file?.metadata[Self.roundsKey].flatMap { Int($0) } ?? 0
    }

    /// Why the file isn't a state of this strategy for this model; nil where it is.
    static func flaw(
        of file: SafetensorsFile,
        _ name: String,
        _ slots: [String],
        _ reference: SafetensorsFile
    ) throws(AggregationError) -> String? {
        guard file.metadata[strategyKey] == name else {
            return "the state is one of \(file.metadata[strategyKey] ?? "no strategy"), not of \(name)"
        }
        var wanted: [TensorSpec] = []
        for slot in slots { wanted += try ReservedName.specs(slot, of: reference) }
        for spec in wanted {
            guard let index = file.index(of: spec.name), file.specs[index] == spec else {
                return "the state of \(name) has no \(quoted(spec.name)) of \(spec)"
            }
        }
        return file.specs.count == wanted.count ? nil : "the state of \(name) has tensors that the model doesn't have"
    }

    /// The elements of one slot.
    func values(_ slot: Int, _ piece: Piece, into buffer: PieceBuffer) throws -> UnsafeMutableBufferPointer<Double> {
        let spec = reference.specs[piece.tensor]
        guard let file, let index = file.index(of: ReservedName.of(slots[slot], spec.name)) else {
            return buffer.zeros(piece.elements.count)
        }
        let dtype = file.specs[index].dtype
        return try file.withTensors {
            buffer.widen($0.part(of: Piece(tensor: index, elements: piece.elements), dtype), dtype)
        }
    }

    /// Writes the next state.
    ///
    /// - Parameter values: A slot's elements, of a piece of the model.
    func write(
        to url: URL,
        metadata: [String: String],
        values: (_ slot: Int, Piece) throws -> UnsafeMutableBufferPointer<Double>
    ) throws {
        var specs: [TensorSpec] = []
        var places: [(slot: Int, tensor: Int)] = []
        let floats = reference.specs.indices.filter { reference.specs[$0].dtype.isFloat }
        for (number, slot) in slots.enumerated() {
            specs += try ReservedName.specs(slot, of: reference)
            places += floats.map { (number, $0) }
        }
        let own = [Self.strategyKey: name, Self.roundsKey: String(rounds + 1)]
        try ModelWriting.write(specs, to: url, metadata: metadata.merging(own) { $1 }) { piece, bytes in
            let (slot, tensor) = places[piece.tensor]
            let found = try values(slot, Piece(tensor: tensor, elements: piece.elements))
            return FloatKernels.divide(UnsafeBufferPointer(found), by: 1, into: bytes, specs[piece.tensor].dtype)
        }
    }
}
