import Tensors

/// The weighted sum of a model's tensors, each in a type that keeps it exact or nearly so.
///
/// Floating-point tensors are summed up in double precision (8 bytes an element), integers of 8 and 16 bits and booleans in
/// `Int64`, wider integers in `Int128`.
final class Sums: Sendable {
    /// With weights of no more than this in all, no sum overflows: 2^16 * 2^47 <= 2^63, and for F64
    /// `FloatKernels.greatestSummable` times it is finite.
    static let greatestWeight = 1 << 47

    enum Kind {
        case double, narrow, wide

        init(_ dtype: DType) {
            self =
                switch dtype {
                case .f64, .f32, .f16, .bf16: .double
                case .i16, .i8, .u16, .u8, .bool: .narrow
                case .i64, .i32, .u64, .u32: .wide
                }
        }
    }

    private let specs: [TensorSpec]
    /// Where each tensor begins in the buffer of its kind.
    private let offsets: [Int]
    private let doubles: SumBuffer<Double>
    private let narrow: SumBuffer<Int64>
    private let wide: SumBuffer<Int128>

    /// nil when there is no memory for it.
    init?(_ specs: [TensorSpec]) {
        var counts: [Kind: Int] = [:]
        var offsets: [Int] = []
        for spec in specs {
            let kind = Kind(spec.dtype)
            offsets.append(counts[kind, default: 0])
            counts[kind, default: 0] += spec.count
        }
        guard let doubles = SumBuffer<Double>(count: counts[.double, default: 0]),
            let narrow = SumBuffer<Int64>(count: counts[.narrow, default: 0]),
            let wide = SumBuffer<Int128>(count: counts[.wide, default: 0])
        else { return nil }
        self.specs = specs
        self.offsets = offsets
        self.doubles = doubles
        self.narrow = narrow
        self.wide = wide
    }

    /// nil when there is no memory for it.
    init?(copying other: Sums) {
        guard let doubles = SumBuffer(copying: other.doubles), let narrow = SumBuffer(copying: other.narrow),
            let wide = SumBuffer(copying: other.wide)
        else { return nil }
        specs = other.specs
        offsets = other.offsets
        self.doubles = doubles
        self.narrow = narrow
        self.wide = wide
    }

    /// Adds `weight` times a piece's elements, and `scale` times that of floating-point ones.
    func add(_ bytes: UnsafeRawBufferPointer, weight: Int, scale: Double = 1, piece: Piece) {
        let dtype = specs[piece.tensor].dtype
        let range = range(of: piece)
        switch Kind(dtype) {
        case .double: FloatKernels.add(bytes, dtype, weight: Double(weight) * scale, to: doubles[range])
        case .narrow: IntegerKernels.add(bytes, dtype, weight: Int64(weight), to: narrow[range])
        case .wide: IntegerKernels.add(bytes, dtype, weight: Int128(weight), to: wide[range])
        }
    }

    /// A piece's elements divided by `weight`, in the tensor's dtype.
    ///
    /// - Parameters:
    ///   - floats: What floating-point elements are divided by instead: the sum of their scaled weights.
    ///   - base: The piece's elements in the base model.
    /// - Returns: The index in the piece of the first element that isn't finite.
    func mean(
        _ piece: Piece,
        weight: Int,
        floats: Double,
        base: UnsafeRawBufferPointer,
        into bytes: UnsafeMutableRawBufferPointer
    ) -> Int? {
        let dtype = specs[piece.tensor].dtype
        let range = range(of: piece)
        switch Kind(dtype) {
        case .double:
            return FloatKernels.divide(UnsafeBufferPointer(doubles[range]), by: floats, into: bytes, dtype)
        case .narrow where dtype == .bool:
            for (index, votes) in narrow[range].enumerated() {
                let against = Int64(weight) - votes
                bytes[index] = votes == against ? base[index] : votes > against ? 1 : 0
            }
        case .narrow:
            IntegerKernels.divide(UnsafeBufferPointer(narrow[range]), by: Int64(weight), into: bytes, dtype)
        case .wide:
            IntegerKernels.divide(UnsafeBufferPointer(wide[range]), by: Int128(weight), into: bytes, dtype)
        }
        return nil
    }

    /// A piece's elements of floating point, divided by `weight` and not rounded.
    func mean(_ piece: Piece, weight: Double, into values: UnsafeMutableBufferPointer<Double>) {
        let sum = doubles[range(of: piece)]
        for index in values.indices { values[index] = sum[index] / weight }
    }

    private func range(of piece: Piece) -> Range<Int> {
        let offset = offsets[piece.tensor]
        return offset + piece.elements.lowerBound..<offset + piece.elements.upperBound
    }
}
