/// What is done with the floating-point elements of a tensor.
///
/// The loops are written so that the compiler turns them into SIMD instructions: one element's work without branches or
/// checks, and unaligned loads. With SIMD types, which are generic here, halves took nine times as long.
/// Bytes are read as they lie in a file: they need no alignment, and their count is a multiple of the element's size.
package enum FloatKernels {
    /// The greatest magnitude of an F64 element that may be summed up: with weights of 2^47 in all, no sum overflows.
    package static let greatestSummable = 0x1p976

    /// The index of the first element that is Inf or NaN; nil when all are finite, and for a type that has no such.
    package static func firstNonFinite(_ bytes: UnsafeRawBufferPointer, _ dtype: DType) -> Int? {
        switch dtype {
        case .f64: first(in: bytes, F64.self, above: F64.greatest)
        case .f32: first(in: bytes, F32.self, above: F32.greatest)
        case .f16: first(in: bytes, F16.self, above: F16.greatest)
        case .bf16: first(in: bytes, BF16.self, above: BF16.greatest)
        default: nil
        }
    }

    /// The index of the first element that is Inf, NaN, or beyond `greatestSummable`, as only F64 elements can be.
    package static func firstUnsummable(_ bytes: UnsafeRawBufferPointer, _ dtype: DType) -> Int? {
        dtype == .f64
            ? first(in: bytes, F64.self, above: greatestSummable.bitPattern) : firstNonFinite(bytes, dtype)
    }

    /// `sum[i] += weight * bytes[i]`, in double precision.
    ///
    /// A product is exact when the weight has no more bits than the element's significand leaves of a double's 53: 29
    /// for F32. Each addition errs by at most 2^-53 of the sum.
    package static func add(
        _ bytes: UnsafeRawBufferPointer,
        _ dtype: DType,
        weight: Double,
        to sum: UnsafeMutableBufferPointer<Double>
    ) {
        switch dtype {
        case .f64: add(bytes, F64.self, weight, sum)
        case .f32: add(bytes, F32.self, weight, sum)
        case .f16: add(bytes, F16.self, weight, sum)
        case .bf16: add(bytes, BF16.self, weight, sum)
        default: preconditionFailure("\(dtype) has no floating-point elements")
        }
    }

    /// `bytes[i] = sum[i] / divisor`, rounded to nearest, ties to even.
    ///
    /// - Returns: The index of the first element that became Inf or NaN; nil when all are finite.
    package static func divide(
        _ sum: UnsafeBufferPointer<Double>,
        by divisor: Double,
        into bytes: UnsafeMutableRawBufferPointer,
        _ dtype: DType
    ) -> Int? {
        switch dtype {
        case .f64: divide(sum, divisor, bytes, F64.self)
        case .f32: divide(sum, divisor, bytes, F32.self)
        case .f16: divide(sum, divisor, bytes, F16.self)
        case .bf16: divide(sum, divisor, bytes, BF16.self)
        default: preconditionFailure("\(dtype) has no floating-point elements")
        }
    }

    /// The first element whose bits without the sign are above `limit`, which orders them by magnitude, with Inf and NaN
    /// above all others.
    private static func first<Element: FloatElement>(
        in bytes: UnsafeRawBufferPointer,
        _ element: Element.Type,
        above limit: Element.Bits
    ) -> Int? {
        let size = MemoryLayout<Element.Bits>.size
        let count = bytes.count / size
        guard let base = bytes.baseAddress else { return nil }
        // Adding this carries into the sign's place for magnitudes above the limit, and for those only. A block is said
        // to have such an element; the search for it is done once, at the end.
        let magnitude = Element.Bits.max >> 1
        let carry = magnitude - limit
        let block = 1024
        var start = 0
        while start &+ block <= count {
            var found: Element.Bits = 0
            for index in start..<start &+ block {
                found |= ((base + index &* size).loadUnaligned(as: Element.Bits.self) & magnitude) &+ carry
            }
            if found > magnitude { break }
            start &+= block
        }
        for index in start..<count {
            let bits = (base + index &* size).loadUnaligned(as: Element.Bits.self)
            if bits & magnitude > limit { return index }
        }
        return nil
    }

    private static func add<Element: FloatElement>(
        _ bytes: UnsafeRawBufferPointer,
        _ element: Element.Type,
        _ weight: Double,
        _ sum: UnsafeMutableBufferPointer<Double>
    ) {
        let size = MemoryLayout<Element.Bits>.size
        let count = bytes.count / size
        precondition(count == sum.count)
        guard let base = bytes.baseAddress, let sums = sum.baseAddress else { return }
        for index in 0..<count {
            // Not fused: one rounding here and two there would make the result depend on the machine.
            sums[index] += Element.widen((base + index &* size).loadUnaligned(as: Element.Bits.self)) * weight
        }
    }

    private static func divide<Element: FloatElement>(
        _ sum: UnsafeBufferPointer<Double>,
        _ divisor: Double,
        _ bytes: UnsafeMutableRawBufferPointer,
        _ element: Element.Type
    ) -> Int? {
        let size = MemoryLayout<Element.Bits>.size
        precondition(bytes.count == sum.count * size)
        guard let base = bytes.baseAddress else { return nil }
        for index in 0..<sum.count {
            (base + index &* size).storeBytes(of: Element.narrow(sum[index] / divisor), as: Element.Bits.self)
        }
        return first(in: UnsafeRawBufferPointer(bytes), element, above: Element.greatest)
    }
}
