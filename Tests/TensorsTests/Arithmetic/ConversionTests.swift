import Foundation
import Tensors
import TestSupport
import Testing

/// Widening and narrowing of floating-point elements, bit by bit beside NumPy and ml_dtypes.
@Suite struct ConversionTests {
    @Test("every half and every bfloat16 is widened as NumPy does")
    func widening() async throws {
        let python = try await PythonEnvironment.numpy()
        try await withFixture { fixture in
            let place = fixture.url("all.safetensors")
            try await python.run(
                """
                import sys, numpy as np, ml_dtypes
                from safetensors.numpy import save_file
                bits = np.arange(65536, dtype=np.uint16)
                half, brain = bits.view(np.float16), bits.view(ml_dtypes.bfloat16)
                save_file({"half": half, "half64": half.astype(np.float64),
                           "brain": brain, "brain64": brain.astype(np.float64)}, sys.argv[1])
                """,
                [place.path]
            )
            let file = try SafetensorsFile(mapping: place)
            for (name, dtype) in [("half", DType.f16), ("brain", .bf16)] {
                let wanted = try file.elements(of: name + "64", as: Double.self)
                var sum = [Double](repeating: 0, count: 65536)
                try file.withBytes(of: name) { bytes in
                    sum.withUnsafeMutableBufferPointer { FloatKernels.add(bytes, dtype, weight: 1, to: $0) }
                }
                let wrong = zip(sum, wanted).enumerated().filter { $1.0 != $1.1 && !($1.0.isNaN && $1.1.isNaN) }
                #expect(wrong.isEmpty, "\(name): \(wrong.prefix(3))")
                let first = wanted.firstIndex { !$0.isFinite }
                #expect(try file.withBytes(of: name) { FloatKernels.firstNonFinite($0, dtype) } == first)
            }
        }
    }

    @Test("doubles are rounded to nearest, ties to even, once: subnormals, ties and overflow included")
    func narrowing() async throws {
        let python = try await PythonEnvironment.numpy()
        try await withFixture { fixture in
            let place = fixture.url("narrow.safetensors")
            // NumPy rounds doubles to halves and singles directly. ml_dtypes goes by way of a single, so what it is
            // asked for are singles.
            try await python.run(
                """
                import sys, numpy as np, ml_dtypes
                from safetensors.numpy import save_file
                np.seterr(all="ignore")
                rng = np.random.default_rng(7)
                bits = np.arange(0x7C00, dtype=np.uint16)
                halves = bits.view(np.float16).astype(np.float64)
                ties = (halves[:-1] + halves[1:]) / 2
                spread = rng.standard_normal(4000) * np.exp2(rng.integers(-30, 20, 4000))
                edges = [65519.999, 65520, 65535, 1e300, 2.0**-25, np.nextafter(2.0**-25, 1), 1e-300, 5e-324]
                half_in = np.concatenate([halves, ties, np.nextafter(ties, 0), np.nextafter(ties, 1e9), spread, edges])
                half_in = np.concatenate([half_in, -half_in])
                singles = rng.integers(0, 2**32, 20000, dtype=np.uint32)
                singles[:10000] &= 0xFFFF8000
                brain_in = singles.view(np.float32)
                brain_in = brain_in[np.isfinite(brain_in)]
                single_in = np.concatenate([half_in, rng.standard_normal(4000) * np.exp2(rng.integers(-160, 130, 4000))])
                save_file({"F16_in": half_in, "F16": half_in.astype(np.float16),
                           "BF16_in": brain_in.astype(np.float64), "BF16": brain_in.astype(ml_dtypes.bfloat16),
                           "F32_in": single_in, "F32": single_in.astype(np.float32)}, sys.argv[1])
                """,
                [place.path]
            )
            let file = try SafetensorsFile(mapping: place)
            for dtype in [DType.f16, .bf16, .f32] {
                let values = try file.elements(of: "\(dtype.rawValue)_in", as: Double.self)
                let narrowed = Self.narrow(values, dtype)
                let wanted = try file.bytes(of: dtype.rawValue)
                let wrong = values.indices.filter { index in
                    let range = index * dtype.size..<(index + 1) * dtype.size
                    return narrowed.bytes[range] != wanted[range]
                }
                #expect(wrong.isEmpty, "\(dtype): \(wrong.prefix(3).map { values[$0] })")
                let overflow = try file.withBytes(of: dtype.rawValue) { FloatKernels.firstNonFinite($0, dtype) }
                #expect(narrowed.overflow == overflow)
            }
        }
    }

    @Test("a double just above a tie of bfloat16 is rounded up, though the single next to it is the tie")
    func roundedOnce() {
        #expect(Self.narrow([1 + 0x1p-8 + 0x1p-40], .bf16).bytes == bytes([UInt16(0x3F81)]))
        #expect(Self.narrow([1 + 0x1p-8], .bf16).bytes == bytes([UInt16(0x3F80)]))
        #expect(Self.narrow([1 + 0x3p-8 - 0x1p-40], .bf16).bytes == bytes([UInt16(0x3F81)]))
        #expect(Self.narrow([1 + 0x1p-11 + 0x1p-50], .f16).bytes == bytes([UInt16(0x3C01)]))
    }

    private static func narrow(_ values: [Double], _ dtype: DType) -> (bytes: [UInt8], overflow: Int?) {
        var result = [UInt8](repeating: 0, count: values.count * dtype.size)
        let overflow = values.withUnsafeBufferPointer { values in
            result.withUnsafeMutableBytes { FloatKernels.divide(values, by: 1, into: $0, dtype) }
        }
        return (result, overflow)
    }
}
