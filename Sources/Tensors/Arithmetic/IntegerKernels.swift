/// What is done with the integer and boolean elements of a tensor, exactly.
///
/// Bytes are read as they lie in a file: they need no alignment, and their count is a multiple of the element's size.
package enum IntegerKernels {
    /// `sum[i] += weight * bytes[i]`; the caller sees to it that no sum overflows.
    package static func add<Sum: FixedWidthInteger>(
        _ bytes: UnsafeRawBufferPointer,
        _ dtype: DType,
        weight: Sum,
        to sum: UnsafeMutableBufferPointer<Sum>
    ) {
        switch dtype {
        case .i64: add(bytes, Int64.self, weight, sum)
        case .i32: add(bytes, Int32.self, weight, sum)
        case .i16: add(bytes, Int16.self, weight, sum)
        case .i8: add(bytes, Int8.self, weight, sum)
        case .u64: add(bytes, UInt64.self, weight, sum)
        case .u32: add(bytes, UInt32.self, weight, sum)
        case .u16: add(bytes, UInt16.self, weight, sum)
        case .u8, .bool: add(bytes, UInt8.self, weight, sum)
        case .f64, .f32, .f16, .bf16: preconditionFailure("\(dtype) has no whole elements")
        }
    }

    /// `bytes[i] = sum[i] / divisor`, rounded to nearest, ties to even.
    package static func divide<Sum: FixedWidthInteger>(
        _ sum: UnsafeBufferPointer<Sum>,
        by divisor: Sum,
        into bytes: UnsafeMutableRawBufferPointer,
        _ dtype: DType
    ) {
        switch dtype {
        case .i64: divide(sum, divisor, bytes, Int64.self)
        case .i32: divide(sum, divisor, bytes, Int32.self)
        case .i16: divide(sum, divisor, bytes, Int16.self)
        case .i8: divide(sum, divisor, bytes, Int8.self)
        case .u64: divide(sum, divisor, bytes, UInt64.self)
        case .u32: divide(sum, divisor, bytes, UInt32.self)
        case .u16: divide(sum, divisor, bytes, UInt16.self)
        case .u8, .bool: divide(sum, divisor, bytes, UInt8.self)
        case .f64, .f32, .f16, .bf16: preconditionFailure("\(dtype) has no whole elements")
        }
    }

    /// The index of the first byte that is neither 0 nor 1, the two that a boolean has.
    package static func firstNonBoolean(_ bytes: UnsafeRawBufferPointer) -> Int? {
        bytes.firstIndex { $0 > 1 }
    }

    private static func add<Element: FixedWidthInteger & BitwiseCopyable, Sum: FixedWidthInteger>(
        _ bytes: UnsafeRawBufferPointer,
        _ element: Element.Type,
        _ weight: Sum,
        _ sum: UnsafeMutableBufferPointer<Sum>
    ) {
        let size = MemoryLayout<Element>.size
        precondition(bytes.count == sum.count * size)
        for index in sum.indices {
            let value = bytes.loadUnaligned(fromByteOffset: index * size, as: Element.self)
            sum[index] &+= Sum(truncatingIfNeeded: value) &* weight
        }
    }

    private static func divide<Element: FixedWidthInteger & BitwiseCopyable, Sum: FixedWidthInteger>(
        _ sum: UnsafeBufferPointer<Sum>,
        _ divisor: Sum,
        _ bytes: UnsafeMutableRawBufferPointer,
        _ element: Element.Type
    ) {
        let size = MemoryLayout<Element>.size
        precondition(bytes.count == sum.count * size)
        for index in sum.indices {
            var (quotient, remainder) = sum[index].quotientAndRemainder(dividingBy: divisor)
            if remainder < 0 {
                quotient -= 1
                remainder += divisor
            }
            // How far above half a step, without doubling what may have no room for it.
            let rest = divisor - remainder
            if remainder > rest || (remainder == rest && quotient & 1 == 1) { quotient += 1 }
            bytes.storeBytes(of: Element(truncatingIfNeeded: quotient), toByteOffset: index * size, as: Element.self)
        }
    }
}
