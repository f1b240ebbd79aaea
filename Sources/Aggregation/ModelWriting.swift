import Foundation
import Tensors

/// Writes models piece by piece, so that no more than a piece is in memory.
enum ModelWriting {
    /// A file with the tensors of `reference`.
    ///
    /// - Parameter fill: Writes a piece's elements; returns the index in it of the first that isn't finite.
    static func write(
        like reference: SafetensorsFile,
        to url: URL,
        metadata: [String: String],
        fill: (Piece, UnsafeMutableRawBufferPointer) throws -> Int?
    ) throws {
        try write(reference.specs, to: url, metadata: metadata, fill: fill)
    }

    /// A file with tensors of these specs; a piece's `tensor` is the position among them.
    static func write(
        _ specs: [TensorSpec],
        to url: URL,
        metadata: [String: String],
        fill: (Piece, UnsafeMutableRawBufferPointer) throws -> Int?
    ) throws {
        let order = TensorSpec.aligned(specs)
        let positions = Dictionary(uniqueKeysWithValues: specs.enumerated().map { ($1.name, $0) })
        var writer = try SafetensorsWriter(url: url, specs: order, metadata: metadata)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Pieces.batchSize * 8, alignment: 64)
        defer { buffer.deallocate() }
        for spec in order {
            guard let tensor = positions[spec.name] else { continue }
            for start in stride(from: 0, to: spec.count, by: Pieces.batchSize) {
                let piece = Piece(tensor: tensor, elements: start..<min(start + Pieces.batchSize, spec.count))
                let bytes = UnsafeMutableRawBufferPointer(rebasing: buffer[..<(piece.elements.count * spec.dtype.size)])
                if let overflow = try fill(piece, bytes) {
                    throw AggregationError(
                        "tensor \(quoted(spec.name)) has no finite value at index \(start + overflow)"
                    )
                }
                try writer.write(UnsafeRawBufferPointer(bytes))
            }
        }
        try writer.finish()
    }
}

/// Room for the doubles of a piece.
final class PieceBuffer {
    private let buffer: UnsafeMutableBufferPointer<Double>

    init(_ count: Int = Pieces.batchSize) {
        buffer = .allocate(capacity: count)
        buffer.initialize(repeating: 0)
    }

    deinit { buffer.deallocate() }

    /// The first `count`, zero.
    func zeros(_ count: Int) -> UnsafeMutableBufferPointer<Double> {
        let part = UnsafeMutableBufferPointer(rebasing: buffer[..<count])
        part.update(repeating: 0)
        return part
    }

    /// Elements as doubles.
    func widen(_ bytes: UnsafeRawBufferPointer, _ dtype: DType) -> UnsafeMutableBufferPointer<Double> {
        let part = zeros(bytes.count / dtype.size)
        FloatKernels.add(bytes, dtype, weight: 1, to: part)
        return part
    }
}
