import Tensors
import Testing

@Suite struct KernelTests {
    @Test("Inf and NaN are found wherever they are, at any alignment", arguments: [DType.f64, .f32, .f16, .bf16])
    func nonFinite(dtype: DType) {
        let patterns: [DType: [UInt64]] = [
            .f64: [0x7FF0 << 48, 0xFFF0 << 48, 0x7FF0_0000_0000_0001], .f32: [0x7F80_0000, 0xFF80_0000, 0x7F80_0001],
            .f16: [0x7C00, 0xFC00, 0x7C01], .bf16: [0x7F80, 0xFF80, 0x7F81],
        ]
        for count in [1, 7, 1024, 2100] {
            for (offset, pattern) in (patterns[dtype] ?? []).enumerated() {
                // The largest finite value everywhere else: one step below Inf.
                let finite = (patterns[dtype]?[0] ?? 0) - 1
                let elements = [UInt64](repeating: finite, count: count)
                var data = [UInt8](repeating: 0, count: offset)
                for element in elements { data += bytes([element.littleEndian]).prefix(dtype.size) }
                #expect(
                    data.withUnsafeBytes { FloatKernels.firstNonFinite(.init(rebasing: $0[offset...]), dtype) } == nil
                )
                for index in Set([0, count / 2, count - 1]) {
                    var spoilt = data
                    let place = offset + index * dtype.size
                    spoilt.replaceSubrange(place..<place + dtype.size, with: bytes([pattern]).prefix(dtype.size))
                    let found = spoilt.withUnsafeBytes {
                        FloatKernels.firstNonFinite(.init(rebasing: $0[offset...]), dtype)
                    }
                    #expect(found == index, "count \(count)")
                }
            }
        }
    }

    @Test("sums of unaligned bytes and odd counts are what one addition after the other gives", arguments: 0..<40)
    func sums(count: Int) {
        var random = RandomBytes(seed: UInt64(count))
        let values = (0..<count).map { _ in Float.random(in: -1000...1000, using: &random) }
        let data = [0] + bytes(values)
        var sum = values.map { Double($0) * 3 }
        let wanted = zip(sum, values).map { $0 + Double($1) * 7 }
        data.withUnsafeBytes { bytes in
            sum.withUnsafeMutableBufferPointer {
                FloatKernels.add(UnsafeRawBufferPointer(rebasing: bytes[1...]), .f32, weight: 7, to: $0)
            }
        }
        #expect(sum == wanted)
    }

    @Test("a quotient of integers is rounded to nearest, ties to even, below zero too")
    func integers() {
        let sums: [Int64] = [0, 1, 2, 3, 4, 5, 6, 7, -1, -2, -3, -4, -5, -6, -7, 126 * 4 + 2, -127 * 4 - 2]
        let wanted: [Int8] = [0, 0, 0, 1, 1, 1, 2, 2, 0, 0, -1, -1, -1, -2, -2, 126, -128]
        var data = [UInt8](repeating: 9, count: sums.count)
        sums.withUnsafeBufferPointer { sums in
            data.withUnsafeMutableBytes { IntegerKernels.divide(sums, by: 4, into: $0, .i8) }
        }
        #expect(data == bytes(wanted))
    }
}
