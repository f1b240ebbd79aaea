import Foundation
import Tensors

/// The running weighted mean that strategies build on: the sum alone is kept, 8 bytes for each floating-point element.
///
/// Floating-point elements are weighted by examples times a scale, whole ones and booleans by examples alone.
struct WeightedMean: Sendable {
    /// Examples of all updates that were added.
    private(set) var examples = 0
    /// The sum of examples times scale.
    private(set) var weight = 0.0
    private(set) var updates = 0

    let reference: SafetensorsFile
    let pieces: Pieces
    // Shared by copies until one of them adds to it.
    private var sums: Sums

    /// - Throws: When there is no memory for the sum.
    init(reference: SafetensorsFile) throws(AggregationError) {
        guard let sums = Sums(reference.specs) else { throw Self.noMemory(reference) }
        self.reference = reference
        self.sums = sums
        pieces = Pieces(reference.specs)
    }

    static func noMemory(_ reference: SafetensorsFile) -> AggregationError {
        AggregationError("there is no memory for the sum of \(reference.byteCount) bytes of tensors")
    }

    /// - Parameters:
    ///   - extra: Of which tensors beside the model's the update may have some.
    ///   - also: Called with the update's bytes, when all is checked.
    mutating func add(
        _ update: SafetensorsFile,
        examples: Int,
        scale: Double = 1,
        extra: [String: TensorSpec] = [:],
        also: (TensorBytes) -> Void = { _ in }
    ) throws(UpdateRefusal) {
        try UpdateCheck.checkExamples(examples, after: self.examples)
        let places = try UpdateCheck.places(of: update, in: reference, extra: extra)
        try UpdateCheck.checkValues(of: update, Pieces(update.specs))
        if !isKnownUniquelyReferenced(&sums) {
            guard let copy = Sums(copying: sums) else {
                throw UpdateRefusal(.memory, "there is no memory for a second sum of the model's tensors")
            }
            sums = copy
        }
        let (pieces, sums, specs) = (pieces, sums, reference.specs)
        try UpdateCheck.reading(update) { bytes in
            pieces.onAllCores { piece in
                let there = Piece(tensor: places[piece.tensor], elements: piece.elements)
                sums.add(
                    bytes.part(of: there, specs[piece.tensor].dtype),
                    weight: examples,
                    scale: scale,
                    piece: piece
                )
            }
            also(bytes)
        }
        self.examples += examples
        weight += Double(examples) * scale
        updates += 1
    }

    /// The mean of a piece of a floating-point tensor, not rounded.
    func values(_ piece: Piece, into values: UnsafeMutableBufferPointer<Double>) {
        sums.mean(piece, weight: weight, into: values)
    }

    /// The mean of a piece, in the tensor's dtype.
    ///
    /// - Returns: The index in the piece of the first element that isn't finite.
    func bytes(_ piece: Piece, base: UnsafeRawBufferPointer, into bytes: UnsafeMutableRawBufferPointer) -> Int? {
        sums.mean(piece, weight: examples, floats: weight, base: base, into: bytes)
    }

    func checkAny() throws(AggregationError) {
        guard updates > 0 else { throw AggregationError("there is no mean of no updates") }
    }

    func write(to url: URL, metadata: [String: String]) throws {
        try checkAny()
        try ModelWriting.write(like: reference, to: url, metadata: metadata) { piece, bytes in
            try reference.withTensors { base in
                self.bytes(piece, base: base.part(of: piece, reference.specs[piece.tensor].dtype), into: bytes)
            }
        }
    }
}
