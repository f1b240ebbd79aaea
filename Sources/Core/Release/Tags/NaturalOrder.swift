/// The order in which people read names: runs of digits count as numbers, so that `release-10` follows `release-9`.
enum NaturalOrder {
    /// Total: of two different names exactly one precedes the other.
    static func precedes(_ left: String, _ right: String) -> Bool {
        var (a, b) = (Substring(left).utf8[...], Substring(right).utf8[...])
        while let x = a.first, let y = b.first {
            if x.isASCIIDigit, y.isASCIIDigit {
                let (m, n) = (number(&a), number(&b))
                if m.count != n.count { return m.count < n.count }
                if !m.elementsEqual(n) { return m.lexicographicallyPrecedes(n) }
            } else {
                if x != y { return x < y }
                a.removeFirst()
                b.removeFirst()
            }
        }
        if a.isEmpty != b.isEmpty { return a.isEmpty }
        // `1` and `01` are one number.
        return left.utf8.lexicographicallyPrecedes(right.utf8)
    }

    /// Takes the digits that `text` begins with and gives them without leading zeros.
    private static func number(_ text: inout Substring.UTF8View.SubSequence) -> Substring.UTF8View.SubSequence {
        let digits = text.prefix(while: \.isASCIIDigit)
        text = text.dropFirst(digits.count)
        return digits.drop { $0 == UInt8(ascii: "0") }
    }
}
