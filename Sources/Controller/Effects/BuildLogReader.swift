import API
import Foundation

/// Reads the log of a build, which may still be written, piece by piece.
struct BuildLogReader: Sendable {
    struct Cursor: Sendable {
        fileprivate var offset: UInt64 = 0
        fileprivate var number = 0
        fileprivate var skip: Int
        /// The beginning of a line whose end isn't written yet.
        fileprivate var open = Data()

        /// - Parameter count: Lines that the reader has already.
        init(skipping count: Int) { skip = count }

        /// The last line of a log that ends without a line break.
        mutating func rest() -> [BuildLogLine] {
            guard !open.isEmpty else { return [] }
            defer { open = Data() }
            return line(open).map { [$0] } ?? []
        }

        fileprivate mutating func line(_ bytes: Data) -> BuildLogLine? {
            number += 1
            guard number > skip else { return nil }
            return BuildLogLine(number: number, text: String(decoding: bytes, as: UTF8.self))
        }
    }

    let place: URL

    init(_ place: URL) { self.place = place }

    /// The next lines, of about a quarter of a megabyte; none where nothing was written since.
    func read(_ cursor: inout Cursor) throws -> [BuildLogLine] {
        guard FileManager.default.fileExists(atPath: place.path) else { return [] }
        let handle = try FileHandle(forReadingFrom: place)
        defer { try? handle.close() }
        try handle.seek(toOffset: cursor.offset)
        var lines: [BuildLogLine] = []
        // Lines that are skipped are no reason to come back with none.
        while lines.isEmpty, let piece = try handle.read(upToCount: 1 << 18), !piece.isEmpty {
            cursor.offset += UInt64(piece.count)
            var parts = (cursor.open + piece).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            cursor.open = parts.popLast() ?? Data()
            lines += parts.compactMap { cursor.line($0) }
        }
        return lines
    }
}
