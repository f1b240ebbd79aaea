import Foundation
import Tensors

/// Small models as files' bytes.
enum TestModel {
    /// A model with one f32 tensor `w`.
    static func of(_ values: [Float], shape: [Int]? = nil, name: String = "w") throws -> Data {
        let url = FileManager.default.temporaryDirectory.appending(path: "model-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: url) }
        let spec = try TensorSpec(name: name, dtype: .f32, shape: shape ?? [values.count])
        var writer = try SafetensorsWriter(url: url, specs: [spec])
        try values.withUnsafeBytes { bytes throws in try writer.write(bytes) }
        try writer.finish()
        return try Data(contentsOf: url)
    }

    /// A model of `count` equal f32 values, as a file.
    static func write(_ value: Float, count: Int, to url: URL) throws {
        var writer = try SafetensorsWriter(
            url: url,
            specs: [try TensorSpec(name: "w", dtype: .f32, shape: [count])]
        )
        let piece = [Float](repeating: value, count: 1 << 18)
        var left = count
        while left > 0 {
            let now = min(left, piece.count)
            try piece[..<now].withUnsafeBytes { bytes throws in try writer.write(bytes) }
            left -= now
        }
        try writer.finish()
    }

    /// The values of tensor `name`.
    static func values(_ data: Data, name: String = "w") throws -> [Float] {
        let url = FileManager.default.temporaryDirectory.appending(path: "model-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: url) }
        try data.write(to: url)
        return try values(at: url, name: name)
    }

    static func values(at url: URL, name: String = "w") throws -> [Float] {
        try SafetensorsFile(mapping: url).withBytes(of: name) { bytes in
            (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self) }
        }
    }
}
