import Foundation

/// A zip archive whose bytes depend on nothing but the names and contents of its files: nothing is compressed, and every
/// file has the first time that the format knows (PKWARE, "ZIP File Format Specification", version 2.0).
struct StoredZip {
    private var files = Data()
    private var directory = Data()
    private var count: UInt16 = 0

    /// - Parameter name: A path of ASCII letters; the caller's order is the archive's.
    mutating func add(_ name: String, _ content: Data) {
        let offset = UInt32(files.count)
        let sum = CRC32.of(content)
        let path = Data(name.utf8)
        var head = Data()
        // Version 2.0, no flags, stored, 1980-01-01 00:00.
        head.append(little: 20 as UInt16, 0, 0, 0, 0x21)
        head.append(little: sum, UInt32(content.count), UInt32(content.count))
        head.append(little: UInt16(path.count), 0)
        files.append(little: 0x0403_4b50 as UInt32)
        files += head + path + content
        directory.append(little: 0x0201_4b50 as UInt32)
        // Made by version 2.0 on Unix.
        directory.append(little: 0x0314 as UInt16)
        directory += head
        // No comment, first disk, no internal attributes; a regular file that all may read.
        directory.append(little: 0 as UInt16, 0, 0)
        directory.append(little: UInt32(0o100644) << 16, offset)
        directory += path
        count += 1
    }

    var data: Data {
        var end = Data()
        end.append(little: 0x0605_4b50 as UInt32)
        end.append(little: 0 as UInt16, 0, count, count)
        end.append(little: UInt32(directory.count), UInt32(files.count))
        end.append(little: 0 as UInt16)
        return files + directory + end
    }
}

/// The checksum of zip archives (ISO 3309, polynomial 0xEDB88320).
private enum CRC32 {
    static func of(_ data: Data) -> UInt32 {
        ~data.reduce(~0) { sum, byte in
            (0..<8).reduce(sum ^ UInt32(byte)) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
        }
    }
}

extension Data {
    fileprivate mutating func append<Number: FixedWidthInteger>(little numbers: Number...) {
        for number in numbers { Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) } }
    }
}
