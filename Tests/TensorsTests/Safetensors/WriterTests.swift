import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct WriterTests {
    @Test("what is written in pieces is read back, with names and metadata that JSON must escape")
    func roundTrip() async throws {
        try await withFixture { fixture in
            let place = fixture.url("out.safetensors")
            let name = "layer/\"1\"\\\n\u{1}é😀"
            let specs = [
                try TensorSpec(name: name, dtype: .f64, shape: [2, 2]),
                try TensorSpec(name: "s", dtype: .bool, shape: []),
            ]
            let metadata = ["format": "pt", "": "\u{0}\t\"", "__metadata__": "x"]
            var writer = try SafetensorsWriter(url: place, specs: specs, metadata: metadata)
            let all = bytes([1.0, 2, 3, 4]) + [1]
            for byte in all { try [byte].withUnsafeBytes { try writer.write($0) } }
            #expect(!FileManager.default.fileExists(atPath: place.path), "it appears when it is complete")
            try writer.finish()
            let file = try SafetensorsFile(mapping: place)
            #expect(file.specs == specs)
            #expect(file.metadata == metadata)
            #expect(try file.elements(of: name, as: Double.self) == [1, 2, 3, 4])
            #expect((file.byteCount - all.count) % 8 == 0, "the data is aligned")
            #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.folder.path) == ["out.safetensors"])
        }
    }

    @Test("too many bytes, too few, a name twice, and a folder that isn't there are refused and leave nothing")
    func refused() async throws {
        try await withFixture { fixture in
            let place = fixture.url("out.safetensors")
            let spec = try TensorSpec(name: "a", dtype: .u16, shape: [2])
            func write(_ count: Int) throws {
                var writer = try SafetensorsWriter(url: place, specs: [spec])
                try [UInt8](repeating: 7, count: count).withUnsafeBytes { try writer.write($0) }
                try writer.finish()
            }
            #expect(refusal { try write(5) }?.description.contains("more bytes than the 4") == true)
            #expect(refusal { try write(3) }?.description.contains("3 of its tensors' 4 bytes") == true)
            #expect(refusal { _ = try SafetensorsWriter(url: place, specs: [spec, spec]) }?.kind == .invalid)
            let reserved = try TensorSpec(name: "__metadata__", dtype: .u8, shape: [])
            #expect(refusal { _ = try SafetensorsWriter(url: place, specs: [reserved]) }?.kind == .invalid)
            let nowhere = fixture.url("absent/out")
            #expect(refusal { _ = try SafetensorsWriter(url: nowhere, specs: [spec]) }?.kind == .unreadable)
            #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.folder.path) == [])
            try write(4)
            #expect(refusal { try write(3) } != nil)
            #expect(try SafetensorsFile(mapping: place).bytes(of: "a") == [7, 7, 7, 7], "the earlier file stays")
        }
    }

    @Test("a spec says how large it is, in JSON too, and refuses what can't be")
    func specs() throws {
        let spec = try TensorSpec(name: "w", dtype: .bf16, shape: [3, 0, 2])
        #expect((spec.count, spec.byteCount) == (0, 0))
        let coded = try JSONEncoder().encode(spec)
        #expect(try JSONDecoder().decode(TensorSpec.self, from: coded) == spec)
        let wrong = Data(#"{"name":"w","dtype":"F32","shape":[-1]}"#.utf8)
        #expect(throws: TensorError.self) { try JSONDecoder().decode(TensorSpec.self, from: wrong) }
        #expect(refusal { _ = try TensorSpec(name: "w", dtype: .f32, shape: [.max, 0]) }?.kind == .invalid)
    }
}
