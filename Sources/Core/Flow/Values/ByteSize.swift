/// An amount of bytes as a flow writes it: `512KiB`, `10MiB`, `1GiB`, `64B`; `KB`, `MB` and `GB` are powers of 1000.
package struct ByteSize: Sendable, Equatable, Hashable {
    package let bytes: Int

    package init(bytes: Int) {
        self.bytes = bytes
    }

    package static func mebibytes(_ count: Int) -> ByteSize { .init(bytes: count << 20) }

    private static let units: [(name: String, bytes: Int)] = [
        ("GiB", 1 << 30), ("GB", 1_000_000_000), ("MiB", 1 << 20), ("MB", 1_000_000), ("KiB", 1 << 10), ("KB", 1000),
        ("B", 1),
    ]

    /// Reads a whole number and its unit; nil for any other text, and for more bytes than 64 bits count.
    package init?(_ text: String) {
        let digits = text.utf8.prefix { $0.isASCIIDigit }
        let name = String(text.utf8.dropFirst(digits.count)) ?? ""
        guard let count = Int(String(Substring(digits))),
            let unit = Self.units.first(where: { $0.name == name })
        else { return nil }
        let (product, tooMany) = count.multipliedReportingOverflow(by: unit.bytes)
        guard !tooMany else { return nil }
        bytes = product
    }
}

extension ByteSize: CustomStringConvertible {
    /// The text with the largest unit that divides the amount, such as `10MiB`.
    package var description: String {
        let unit = bytes == 0 ? nil : Self.units.first { bytes.isMultiple(of: $0.bytes) }
        return unit.map { "\(bytes / $0.bytes)\($0.name)" } ?? "\(bytes)B"
    }
}

extension ByteSize: Comparable {
    package static func < (left: ByteSize, right: ByteSize) -> Bool { left.bytes < right.bytes }
}

extension ByteSize: TextCodable {
    package static let textRule = "a size such as 512KiB, 10MiB or 1GiB"
}
