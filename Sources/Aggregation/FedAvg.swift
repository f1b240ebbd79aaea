package import Foundation
package import Tensors

/// Federated averaging: the mean of the clients' models, weighted by their examples.
///
/// Source: McMahan, Moore, Ramage, Hampson, Agüera y Arcas, "Communication-Efficient Learning of Deep Networks from
/// Decentralized Data", AISTATS 2017, algorithm 1.
///
/// An update is added when it arrives and can be thrown away then: what is kept is the sum alone, 8 bytes for each
/// floating-point element. The rules by dtype:
/// - F64, F32, F16, BF16: summed up in double precision and rounded once to the model's dtype, to nearest, ties to
///   even. For all but F64 that is the exact mean's rounding, and so independent of the order of arrival, save for the
///   rare element whose mean lies within the sum's error (2^-53 of it for each update) of the middle of two values.
/// - Integers, such as BatchNorm's `num_batches_tracked`: the weighted mean, exactly, rounded to nearest, ties to even.
/// - BOOL: what more than half of the examples have; with a tie, what the base model has.
package struct FedAvg: Sendable {
    /// Examples of all updates that were added.
    package private(set) var examples = 0
    /// How many updates were added.
    package private(set) var updates = 0

    private let reference: SafetensorsFile
    private let pieces: Pieces
    // Shared by copies until one of them adds to it.
    private var sums: Sums

    /// - Parameter reference: The base model. Names, shapes and dtypes of updates and result are its own.
    /// - Throws: When there is no memory for the sum.
    package init(reference: SafetensorsFile) throws(AggregationError) {
        guard let sums = Sums(reference.specs) else {
            throw AggregationError("there is no memory for the sum of \(reference.byteCount) bytes of tensors")
        }
        self.reference = reference
        self.sums = sums
        pieces = Pieces(reference.specs)
    }

    /// Adds an update, on all cores; the calling thread is busy until it is done.
    ///
    /// - Parameter examples: The update's weight, from 1 up; those of all updates are at most 2^47.
    /// - Throws: Before anything is added: `.examples`, and what `check` throws.
    package mutating func add(_ update: SafetensorsFile, examples: Int) throws(UpdateRefusal) {
        guard examples > 0 else {
            throw UpdateRefusal(.examples, "the update counts \(examples) examples: its weight must be 1 or more")
        }
        guard examples <= Sums.greatestWeight - self.examples else {
            throw UpdateRefusal(
                .examples,
                "the update counts \(examples) examples: with the \(self.examples) before it that is more than 2^47"
            )
        }
        let places = try Self.places(of: update, in: reference)
        try Self.checkValues(of: update, Pieces(update.specs))
        if !isKnownUniquelyReferenced(&sums) {
            guard let copy = Sums(copying: sums) else {
                throw UpdateRefusal(.memory, "there is no memory for a second sum of the model's tensors")
            }
            sums = copy
        }
        let (pieces, sums, specs) = (pieces, sums, reference.specs)
        try Self.reading(update) { bytes in
            pieces.onAllCores { piece in
                let there = Piece(tensor: places[piece.tensor], elements: piece.elements)
                sums.add(bytes.part(of: there, specs[piece.tensor].dtype), weight: examples, piece: piece)
            }
        }
        self.examples += examples
        updates += 1
    }

    /// Writes the mean; the file appears when it is complete and durable.
    ///
    /// - Throws: `AggregationError` when nothing was added; `TensorError` when the file can't be written. A mean that isn't
    ///   finite would be refused too, but what `add` takes has none.
    package func write(to url: URL, metadata: [String: String] = [:]) throws {
        guard updates > 0 else { throw AggregationError("there is no mean of no updates") }
        let order = TensorSpec.aligned(reference.specs)
        var writer = try SafetensorsWriter(url: url, specs: order, metadata: metadata)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Pieces.batchSize * 8, alignment: 64)
        defer { buffer.deallocate() }
        for spec in order {
            guard let tensor = reference.index(of: spec.name) else { continue }
            for start in stride(from: 0, to: spec.count, by: Pieces.batchSize) {
                let piece = Piece(tensor: tensor, elements: start..<min(start + Pieces.batchSize, spec.count))
                let bytes = UnsafeMutableRawBufferPointer(rebasing: buffer[..<(piece.elements.count * spec.dtype.size)])
                let overflow = try reference.withTensors { base in
                    sums.mean(piece, weight: examples, base: base.part(of: piece, spec.dtype), into: bytes)
                }
                if let overflow {
                    throw AggregationError(
                        "tensor \(quoted(spec.name)) has no finite mean at index \(start + overflow)"
                    )
                }
                try writer.write(UnsafeRawBufferPointer(bytes))
            }
        }
        try writer.finish()
    }
}
