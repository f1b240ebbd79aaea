import Foundation
import Tensors
import TestSupport
import Testing

/// Against the reference implementation, both ways.
@Suite struct InteroperationTests {
    /// Tensors of every dtype: extremes, subnormals, a scalar, an empty one.
    static let makeTensors = """
        import sys, numpy as np, ml_dtypes
        from safetensors.numpy import save_file, load_file
        def tensors():
            made = {"scalar": np.array(2.5, np.float32), "empty": np.zeros((3, 0, 2), np.int64)}
            for name, dtype in dict(f64=np.float64, f32=np.float32, f16=np.float16, bf16=ml_dtypes.bfloat16).items():
                info = ml_dtypes.finfo(dtype)
                values = [0, -0.0, 1, -1.5, float(info.max), float(info.min), float(info.tiny),
                          float(info.smallest_subnormal), np.inf, np.nan]
                made[name] = np.array(values, np.float64).astype(dtype).reshape(2, 5)
            for name in "i64 i32 i16 i8 u64 u32 u16 u8".split():
                dtype = np.dtype(name[0] + str(int(name[1:]) // 8))
                info = np.iinfo(dtype)
                made[name] = np.array([info.min, 0, 1, info.max], dtype)
            made["bool"] = np.array([[True], [False]])
            return made
        """

    @Test("their file is read with names, dtypes, shapes, bytes and metadata as they are")
    func readsTheirs() async throws {
        let python = try await PythonEnvironment.numpy()
        try await withFixture { fixture in
            let place = fixture.url("theirs.safetensors")
            let printed = try await python.run(
                Self.makeTensors + """

                    made = tensors()
                    save_file(made, sys.argv[1], metadata={"framework": "numpy", "é": "\\"\\n"})
                    names = {"bfloat16": "BF16", "bool": "BOOL"}
                    for name, value in sorted(made.items()):
                        kind = names.get(value.dtype.name) or value.dtype.kind.upper() + str(value.dtype.itemsize * 8)
                        print(name, kind, list(value.shape), value.tobytes().hex())
                    """,
                [place.path]
            )
            let file = try SafetensorsFile(mapping: place)
            let ours = try file.specs.sorted { $0.name < $1.name }.map { spec in
                let hex = try file.bytes(of: spec.name).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
                return "\(spec.name) \(spec) \(hex.joined())"
            }
            #expect(ours.joined(separator: "\n") == printed.split(separator: "\n").joined(separator: "\n"))
            #expect(Set(file.specs.map(\.dtype)) == Set(DType.allCases))
            #expect(file.metadata == ["framework": "numpy", "é": "\"\n"])
        }
    }

    @Test("our file is read by them, in an order that keeps each tensor aligned")
    func theyReadOurs() async throws {
        let python = try await PythonEnvironment.numpy()
        try await withFixture { fixture in
            let theirs = fixture.url("theirs.safetensors")
            let ours = fixture.url("ours.safetensors")
            try await python.run(Self.makeTensors + "\nsave_file(tensors(), sys.argv[1])", [theirs.path])
            let file = try SafetensorsFile(mapping: theirs)
            let specs = TensorSpec.aligned(file.specs)
            var writer = try SafetensorsWriter(url: ours, specs: specs, metadata: ["round": "3"])
            for spec in specs { try file.withBytes(of: spec.name) { try writer.write($0) } }
            try writer.finish()
            try await python.run(
                Self.makeTensors + """

                    from safetensors import safe_open
                    made, read = tensors(), load_file(sys.argv[1])
                    assert made.keys() == read.keys(), read.keys()
                    for name, value in made.items():
                        assert value.dtype == read[name].dtype and value.shape == read[name].shape, name
                        assert value.tobytes() == read[name].tobytes(), name
                    assert safe_open(sys.argv[1], framework="numpy").metadata() == {"round": "3"}
                    """,
                [ours.path]
            )
            var begin = 0
            for spec in specs {
                #expect(begin % spec.dtype.size == 0, "\(spec.name) is aligned")
                begin += spec.byteCount
            }
        }
    }
}
