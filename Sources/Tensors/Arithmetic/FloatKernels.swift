/// What is done with the floating-point elements of a tensor, eight at a time.
///
/// Bytes are read as they lie in a file: they need no alignment, and their count is a multiple of the element's size.
package enum FloatKernels {
    /// The index of the first element that is Inf or NaN; nil when all are finite, and for a type that has no such.
    package static func firstNonFinite(_ bytes: UnsafeRawBufferPointer, _ dtype: DType) -> Int? {
        switch dtype {
        case .f64: firstNonFinite(bytes, F64.self)
        case .f32: firstNonFinite(bytes, F32.self)
        case .f16: firstNonFinite(bytes, F16.self)
        case .bf16: firstNonFinite(bytes, BF16.self)
        default: nil
        }
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

    private static func firstNonFinite<Element: FloatElement>(
        _ bytes: UnsafeRawBufferPointer,
        _ element: Element.Type
    ) -> Int? {
        let size = MemoryLayout<Element.Bits>.size
        let count = bytes.count / size
        guard let base = bytes.baseAddress else { return nil }
        // Adding the exponent's last bit carries into the sign's place when the exponent is all ones, and then only. A
        // block is said to have such an element; the search for it is done once, at the end.
        let mask = Element.exponentMask
        let carry = mask & (0 &- mask)
        let block = 1024
        var start = 0
        while start &+ block <= count {
            var found: Element.Bits = 0
            for index in start..<start &+ block {
                found |= ((base + index &* size).loadUnaligned(as: Element.Bits.self) & mask) &+ carry
            }
            if found > mask { break }
            start &+= block
        }
        for index in start..<count {
            let bits = (base + index &* size).loadUnaligned(as: Element.Bits.self)
            if bits & Element.exponentMask == Element.exponentMask { return index }
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
        let target = UnsafeMutableRawPointer(sums)
        let whole = count & ~7
        for index in stride(from: 0, to: whole, by: 8) {
            let bits = (base + index &* size).loadUnaligned(as: SIMD8<Element.Bits>.self)
            let place = target + index &* 8
            let old = place.loadUnaligned(as: SIMD8<Double>.self)
            // Not fused: one rounding here and two there would make the result depend on the machine.
            place.storeBytes(of: old + Element.widen(bits) * weight, as: SIMD8<Double>.self)
        }
        for index in whole..<count {
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
        return firstNonFinite(UnsafeRawBufferPointer(bytes), element)
    }
}
