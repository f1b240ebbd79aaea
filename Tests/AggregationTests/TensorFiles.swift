import Aggregation
import Foundation
import Tensors
import TestSupport

/// A tensor with its values, to be written to a file.
struct NamedTensor {
    let spec: TensorSpec
    let bytes: [UInt8]

    init<Element: BitwiseCopyable>(
        _ name: String,
        _ dtype: DType,
        _ values: [Element],
        shape: [Int]? = nil
    ) throws {
        spec = try TensorSpec(name: name, dtype: dtype, shape: shape ?? [values.count])
        bytes = values.withUnsafeBytes { Array($0) }
    }
}

extension Fixture {
    /// A new file of these tensors, opened.
    func model(_ tensors: NamedTensor...) throws -> SafetensorsFile {
        let place = url("\(UUID().uuidString).safetensors")
        var writer = try SafetensorsWriter(url: place, specs: tensors.map(\.spec))
        for tensor in tensors { try tensor.bytes.withUnsafeBytes { try writer.write($0) } }
        try writer.finish()
        return try SafetensorsFile(mapping: place)
    }

    /// The written mean, opened.
    func result(of average: FedAvg, metadata: [String: String] = [:]) throws -> SafetensorsFile {
        let place = url("\(UUID().uuidString).safetensors")
        try average.write(to: place, metadata: metadata)
        return try SafetensorsFile(mapping: place)
    }
}

extension SafetensorsFile {
    func elements<Element: BitwiseCopyable>(of name: String, as type: Element.Type) throws -> [Element] {
        try withBytes(of: name) { bytes in
            stride(from: 0, to: bytes.count, by: MemoryLayout<Element>.size).map {
                bytes.loadUnaligned(fromByteOffset: $0, as: Element.self)
            }
        }
    }
}
