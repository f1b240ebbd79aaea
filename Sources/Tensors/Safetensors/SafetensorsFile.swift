package import Foundation

/// A safetensors file, checked as a whole when it is opened, its bytes mapped and not read.
///
/// The file must not change while it is open: see `MappedFile`.
package final class SafetensorsFile: Sendable {
    /// In the order of their bytes in the file.
    package let specs: [TensorSpec]
    package let metadata: [String: String]
    /// The file's bytes, header included.
    package let byteCount: Int

    private let file: MappedFile
    private let ranges: [Range<Int>]
    private let indices: [String: Int]

    /// - Throws: `.invalid` for what breaks the format, `.tooLarge` for what exceeds the limits, `.unreadable` for what
    ///   isn't a regular file that we may read.
    package init(mapping url: URL, limits: SafetensorsLimits = .standard) throws(TensorError) {
        file = try MappedFile(url, atLeast: 8, atMost: limits.maxFileBytes)
        byteCount = file.count
        let header: SafetensorsHeader
        var begin: Int
        do {
            (header, begin) = try file.withBytes { try Self.readHeader($0, limits) }
        } catch let error as TensorError {
            throw error
        } catch {
            throw TensorError(.unreadable, "\(url.path) can't be read: \(error)")
        }
        specs = header.specs
        metadata = header.metadata
        ranges = specs.map { spec in
            defer { begin += spec.byteCount }
            return begin..<begin + spec.byteCount
        }
        indices = Dictionary(uniqueKeysWithValues: specs.enumerated().map { ($1.name, $0) })
    }

    /// The position in `specs` of the tensor of that name.
    package func index(of name: String) -> Int? { indices[name] }

    /// The tensor's elements as they lie in the file: little-endian, row-major, not aligned to anything.
    ///
    /// - Throws: `TensorError` when there is no such tensor and when the file has another size than when it was opened.
    package func withBytes<Result>(
        of name: String,
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result {
        guard let index = indices[name] else {
            throw TensorError(.invalid, "the file has no tensor \(quoted(name))")
        }
        return try withTensors { try body($0[index]) }
    }

    /// All tensors' bytes, valid while `body` runs, for which they can be read by many threads.
    package func withTensors<Result>(_ body: (TensorBytes) throws -> Result) throws -> Result {
        try file.withBytes { try body(TensorBytes(file: $0, ranges: ranges)) }
    }

    private static func readHeader(
        _ bytes: UnsafeRawBufferPointer,
        _ limits: SafetensorsLimits
    ) throws(TensorError) -> (header: SafetensorsHeader, dataBegin: Int) {
        let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        guard length <= UInt64(limits.maxHeaderBytes) else {
            throw TensorError(
                .tooLarge,
                "the safetensors header claims \(length) bytes, at most \(limits.maxHeaderBytes) are taken"
            )
        }
        let begin = 8 + Int(length)
        guard begin <= bytes.count else {
            throw TensorError(
                .invalid,
                "the safetensors header claims \(length) bytes, but only \(bytes.count - 8) follow its length"
            )
        }
        let json = [UInt8](bytes[8..<begin])
        let header = try SafetensorsHeader(parsing: json, dataBytes: bytes.count - begin, limits: limits)
        return (header, begin)
    }
}

/// The bytes of a file's tensors, by their position in its `specs`. Not to be kept beyond the call that gave it.
package struct TensorBytes: @unchecked Sendable {
    fileprivate let file: UnsafeRawBufferPointer
    fileprivate let ranges: [Range<Int>]

    package subscript(index: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: file[ranges[index]])
    }
}
