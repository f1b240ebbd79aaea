import Aggregation
import Foundation
import Tensors
import TestSupport
import Testing

/// The mean beside that of NumPy, or of Python's whole numbers where NumPy has none that are exact.
@Suite struct NumPyTests {
    @Test("fifty updates of every dtype give NumPy's weighted mean, to 1e-6 and in the model's dtypes")
    func everyDType() async throws {
        let python = try await PythonEnvironment.numpy()
        try await withFixture { fixture in
            try await python.run(Self.makeUpdates, [fixture.folder.path])
            let wanted = try SafetensorsFile(mapping: fixture.url("mean.safetensors"))
            let updates = try (0..<50).map { try SafetensorsFile(mapping: fixture.url("\($0).safetensors")) }
            // In reverse, for it must not matter.
            for order in [Array(updates.indices), updates.indices.reversed()] {
                var average = try FedAvg(reference: updates[0])
                for index in order {
                    let examples = try #require(updates[index].metadata["examples"].flatMap { Int($0) })
                    try average.add(updates[index], examples: examples)
                }
                let mean = try fixture.result(of: average)
                #expect(Set(mean.specs.map(\.description)) == Set(updates[0].specs.map(\.description)))
                #expect(Set(mean.specs.map(\.dtype)) == Set(DType.allCases))
                for spec in mean.specs where spec.dtype != .f64 {
                    let same = try mean.withBytes(of: spec.name) { ours in
                        try wanted.withBytes(of: spec.name) { ours.elementsEqual($0) }
                    }
                    #expect(same || spec.dtype == .f32, "\(spec.name) is not NumPy's, bit for bit")
                }
                let singles = try zip(
                    mean.elements(of: "f32", as: Float.self),
                    wanted.elements(of: "f32", as: Float.self)
                )
                #expect(singles.allSatisfy { abs($0 - $1) <= 1e-6 * max(1, abs($1)) })
                let doubles = try zip(
                    mean.elements(of: "f64", as: Double.self),
                    wanted.elements(of: "f64", as: Double.self)
                )
                #expect(doubles.allSatisfy { abs($0 - $1) <= 1e-13 * max(1, abs($1)) })
            }
        }
    }

    /// Weights from 1 to a million; f16 and bf16 with subnormals among them.
    private static let makeUpdates = """
        import sys, numpy as np, ml_dtypes
        from fractions import Fraction
        from safetensors.numpy import save_file
        rng = np.random.default_rng(11)
        weights = [int(2 ** e) for e in rng.uniform(0, 20, 50)]
        total = sum(weights)
        def integers(dtype, shape):
            info = np.iinfo(dtype)
            return rng.integers(info.min, info.max, shape, dtype=dtype, endpoint=True)
        def make():
            made = {"f64": rng.standard_normal((7, 30)), "f32": rng.standard_normal((20, 51)).astype(np.float32),
                    "f16": (rng.standard_normal(333) * np.exp2(rng.integers(-26, 10, 333))).astype(np.float16),
                    "bf16": (rng.standard_normal(77) * np.exp2(rng.integers(-140, 120, 77))).astype(ml_dtypes.bfloat16),
                    "bool": rng.integers(0, 2, 33).astype(bool), "scalar": np.array(rng.standard_normal(), np.float16),
                    "empty": np.zeros((0, 4), np.float32)}
            for name in "i64 i32 i16 i8 u64 u32 u16 u8".split():
                made[name] = integers(np.dtype(name[0] + str(int(name[1:]) // 8)), 19)
            return made
        updates = [make() for _ in weights]
        for index, (update, weight) in enumerate(zip(updates, weights)):
            save_file(update, f"{sys.argv[1]}/{index}.safetensors", metadata={"examples": str(weight)})
        mean = {}
        for name, first in updates[0].items():
            stack = [update[name] for update in updates]
            if first.dtype == bool:
                mean[name] = np.average(np.array(stack, np.float64), axis=0, weights=weights) > 0.5
            elif first.dtype.kind in "iu":
                sums = sum(value.astype(object) * weight for value, weight in zip(stack, weights))
                mean[name] = np.array([round(Fraction(int(s), total)) for s in sums], first.dtype)
            else:
                wide = np.average(np.array(stack).astype(np.float64), axis=0, weights=weights)
                if first.dtype == ml_dtypes.bfloat16:
                    # To nearest, ties to even, in one step: ml_dtypes would go by way of a single.
                    bits = wide.view(np.uint64)
                    lower = np.uint64((1 << 44) - 1) + ((bits >> np.uint64(45)) & np.uint64(1))
                    wide = (((bits + lower) >> np.uint64(45)) << np.uint64(45)).view(np.float64)
                mean[name] = np.asarray(wide).astype(first.dtype)
        save_file(mean, sys.argv[1] + "/mean.safetensors")
        """
}
