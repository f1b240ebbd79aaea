import Foundation
import Tensors
import TestSupport

extension Fixture {
    /// A file of any header and any data, right or wrong.
    func rawFile(_ header: String, data: [UInt8] = [], name: String = "raw.safetensors") throws -> URL {
        try rawFile(header: Array(header.utf8), length: nil, data: data, name: name)
    }

    func rawFile(header: [UInt8], length: UInt64?, data: [UInt8], name: String) throws -> URL {
        let claimed = (length ?? UInt64(header.count)).littleEndian
        let place = url(name)
        try Data(withUnsafeBytes(of: claimed, Array.init) + header + data).write(to: place)
        return place
    }

    /// A file written by our own writer.
    func file(_ name: String, _ tensors: [(spec: TensorSpec, bytes: [UInt8])]) throws -> URL {
        let place = url(name)
        var writer = try SafetensorsWriter(url: place, specs: tensors.map(\.spec))
        for tensor in tensors { try tensor.bytes.withUnsafeBytes { try writer.write($0) } }
        try writer.finish()
        return place
    }
}

extension SafetensorsFile {
    func bytes(of name: String) throws -> [UInt8] { try withBytes(of: name) { Array($0) } }

    func elements<Element: BitwiseCopyable>(of name: String, as type: Element.Type) throws -> [Element] {
        try withBytes(of: name) { bytes in
            stride(from: 0, to: bytes.count, by: MemoryLayout<Element>.size).map {
                bytes.loadUnaligned(fromByteOffset: $0, as: Element.self)
            }
        }
    }
}

/// The bytes of values as they lie in a file.
func bytes<Element: BitwiseCopyable>(_ values: [Element]) -> [UInt8] { values.withUnsafeBytes { Array($0) } }

/// The message of the error that `body` must throw.
func refusal(_ body: () throws -> Void) -> TensorError? {
    do { try body() } catch let error as TensorError { return error } catch {}
    return nil
}
