import Clibgit2

extension git_oid {
    /// Takes a whole object id of 40 lower-case hexadecimal digits, never a prefix or a name.
    init(hex: String) throws(GitError) {
        self.init()
        let digits = hex.utf8.allSatisfy {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
        }
        guard digits, hex.utf8.count == 40, git_oid_fromstr(&self, hex) == 0 else {
            throw GitError(.invalid, "\"\(hex.prefix(80))\" is not an object id of 40 hexadecimal digits")
        }
    }

    /// 40 lower-case hexadecimal digits.
    var hex: String {
        withUnsafeBytes(of: id) { bytes in
            let digits = Array("0123456789abcdef".utf8)
            return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
        }
    }
}
