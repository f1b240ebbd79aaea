/// The rules for one name in a tree: what could lead out of a folder, or into a repository's own, on any file system.
enum EntryName {
    /// The name as text, or what is wrong with it as the end of a sentence that begins with "it".
    static func check(_ bytes: [UInt8]) -> Result<String, Broken> {
        guard let name = String(validating: bytes, as: UTF8.self) else { return .failure("is not UTF-8") }
        if bytes.count > 255 { return .failure("is longer than 255 bytes") }
        if name == "." || name == ".." { return .failure("leads to another folder") }
        if bytes.first == UInt8(ascii: "/") { return .failure("is an absolute path") }
        if bytes.contains(UInt8(ascii: "/")) || bytes.contains(UInt8(ascii: "\\")) {
            return .failure("has a path separator in it")
        }
        if name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
            return .failure("has a control character in it")
        }
        if isGitFolder(name) { return .failure("is a repository's own folder, or becomes it on some file system") }
        return .success(name)
    }

    struct Broken: Error, ExpressibleByStringLiteral {
        let what: String
        init(stringLiteral text: String) { what = text }
    }

    /// `.git` as it is, in any case, as HFS+ sees it (without the characters that it ignores), and as NTFS sees it (its
    /// short name, without dots and spaces at the end, without the name of a data stream).
    private static func isGitFolder(_ name: String) -> Bool {
        let visible = String(String.UnicodeScalarView(name.unicodeScalars.filter { !isIgnoredByHFS($0) })).lowercased()
        let base = visible.prefix { $0 != ":" }
        let trimmed = base.reversed().drop { $0 == "." || $0 == " " }.reversed()
        return [".git", "git~1"].contains(String(trimmed))
    }

    private static func isIgnoredByHFS(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x200c...0x200f, 0x202a...0x202e, 0x206a...0x206f, 0xfeff: true
        default: false
        }
    }
}
