/// The entries of one tree object, exactly as they are written in it: `mode name\0` and 20 bytes of id, each.
///
/// Parsed here and not through libgit2, which corrects modes and hands names out as C strings: a rule can only name
/// what it refuses when it sees it unchanged.
struct RawTree {
    struct Entry {
        enum Kind { case file, executable, symlink, folder, submodule }

        let kind: Kind
        /// Needn't be UTF-8, nor a name at all.
        let name: [UInt8]
        let oid: String
    }

    let entries: [Entry]

    init(_ object: borrowing StoredObject, _ operation: GitOperation) throws(GitError) {
        do {
            entries = try object.withBytes(Self.parse)
        } catch {
            throw GitError(.corrupt, "\(operation.what): a folder's listing is malformed (\(error))")
        }
    }

    /// What is wrong with a listing.
    private enum Malformed: Error { case mode, name, id }

    private static func parse(_ bytes: UnsafeRawBufferPointer) throws(Malformed) -> [Entry] {
        var entries: [Entry] = []
        var position = bytes.startIndex
        while position < bytes.endIndex {
            guard let space = bytes[position...].prefix(8).firstIndex(of: UInt8(ascii: " ")) else { throw .mode }
            let mode = String(decoding: bytes[position..<space], as: UTF8.self)
            guard let kind = kind(of: mode) else { throw .mode }
            let start = space + 1
            guard let end = bytes[start...].firstIndex(of: 0), end > start else { throw .name }
            let name = Array(bytes[start..<end])
            guard bytes.endIndex - end > 20 else { throw .id }
            position = end + 21
            entries.append(Entry(kind: kind, name: name, oid: Self.hex(bytes[(end + 1)..<position])))
        }
        return entries
    }

    /// Of Git's modes, with the group-writable one that old versions wrote.
    private static func kind(of mode: String) -> Entry.Kind? {
        switch mode {
        case "100644", "100664": .file
        case "100755": .executable
        case "120000": .symlink
        case "40000", "040000": .folder
        case "160000": .submodule
        default: nil
        }
    }

    private static func hex(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(40)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
