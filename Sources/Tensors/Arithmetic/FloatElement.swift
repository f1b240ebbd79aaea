/// A floating-point element as it lies in a file, and its way to and from `Double`.
protocol FloatElement {
    associatedtype Bits: FixedWidthInteger & UnsignedInteger & BitwiseCopyable

    /// The bits of the greatest finite value; those of Inf follow.
    static var greatest: Bits { get }

    /// Exact for every value.
    static func widen(_ bits: Bits) -> Double

    /// Rounded once, to nearest, ties to even; beyond the largest value to Inf.
    static func narrow(_ value: Double) -> Bits
}

enum F64: FloatElement {
    static let greatest: UInt64 = 0x7FEF_FFFF_FFFF_FFFF

    @inline(__always)
    static func widen(_ bits: UInt64) -> Double { Double(bitPattern: bits) }

    @inline(__always)
    static func narrow(_ value: Double) -> UInt64 { value.bitPattern }
}

enum F32: FloatElement {
    static let greatest: UInt32 = 0x7F7F_FFFF

    @inline(__always)
    static func widen(_ bits: UInt32) -> Double { Double(Float(bitPattern: bits)) }

    @inline(__always)
    static func narrow(_ value: Double) -> UInt32 { Float(value).bitPattern }
}

/// The upper half of an `F32`.
enum BF16: FloatElement {
    static let greatest: UInt16 = 0x7F7F

    @inline(__always)
    static func widen(_ bits: UInt16) -> Double { F32.widen(UInt32(bits) << 16) }

    static func narrow(_ value: Double) -> UInt16 {
        let single = roundedToOdd(value)
        let bits = single.bitPattern
        guard !single.isNaN else { return UInt16(truncatingIfNeeded: bits >> 16) | 0x40 }
        let even = (bits >> 16) & 1
        return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ even) >> 16)
    }
}

/// IEEE 754 binary16. Swift's `Float16` isn't there on every platform, and without F16C a call for each element.
enum F16: FloatElement {
    static let greatest: UInt16 = 0x7BFF

    /// The bits of a half, moved to a single's place, are the value times 2^-112, subnormals included.
    @inline(__always)
    static func widen(_ bits: UInt16) -> Double {
        let magnitude = UInt32(bits & 0x7FFF) << 13
        // Inf and NaN: the exponent's ones have to reach up to a single's.
        let special: UInt32 = magnitude < 0x0F80_0000 ? 0 : 0x7F80_0000
        let scaled = (Float(bitPattern: magnitude) * 0x1p112).bitPattern
        return F32.widen(scaled | special | UInt32(bits & 0x8000) << 16)
    }

    static func narrow(_ value: Double) -> UInt16 {
        let single = roundedToOdd(value)
        let sign = UInt16(truncatingIfNeeded: single.bitPattern >> 16) & 0x8000
        let bits = single.bitPattern & 0x7FFF_FFFF
        if single.isNaN { return sign | 0x7E00 }
        // From 65520, half a step above the largest half, on.
        if bits >= 0x477F_F000 { return sign | 0x7C00 }
        // Below 2^-14 the halves lie 2^-24 apart, as do the singles from 0.5 to 1: adding 0.5 rounds to that grid.
        if bits < 0x3880_0000 {
            let shifted = (Float(bitPattern: bits) + 0.5).bitPattern
            return sign | UInt16(truncatingIfNeeded: shifted &- 0x3F00_0000)
        }
        let even = (bits >> 13) & 1
        let rounded = (bits &+ 0xFFF &+ even) >> 13
        return sign | UInt16(truncatingIfNeeded: rounded &- (112 << 10))
    }
}

/// The value as a single whose last bit is set when it isn't exact: rounding it on to at most 22 bits of significand
/// then gives what rounding the double itself would. Rounding to nearest twice doesn't.
///
/// Source: Boldo and Melquiond, "Emulation of FMA and correctly rounded sums: proved algorithms using rounding to odd",
/// IEEE Transactions on Computers, 2008.
@inline(__always)
private func roundedToOdd(_ value: Double) -> Float {
    let nearest = Float(value)
    let back = Double(nearest)
    if back == value || value.isNaN || value.isInfinite { return nearest }
    let towardZero = back.magnitude > value.magnitude ? nearest.bitPattern &- 1 : nearest.bitPattern
    return Float(bitPattern: towardZero | 1)
}
