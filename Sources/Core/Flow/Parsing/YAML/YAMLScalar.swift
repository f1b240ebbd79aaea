import Foundation

/// What a plain scalar means, by the core schema of YAML 1.2: `yes`, `no`, `on` and `off` are texts, unlike in 1.1.
enum YAMLScalar {
    static func content(ofPlain text: String) -> YAMLValue.Content {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        case ".nan", ".NaN", ".NAN": return .unfitNumber
        default: break
        }
        let (hasSign, digits) = signed(text)
        if [".inf", ".Inf", ".INF"].contains(digits) { return .unfitNumber }
        if isWhole(digits) { return Int(text).map { .int($0) } ?? .unfitNumber }
        if !hasSign, let value = prefixed(text) { return value }
        guard isDecimal(digits), let value = Double(text) else { return .text(text) }
        return value.isFinite ? .double(value) : .unfitNumber
    }

    private static func signed(_ text: String) -> (hasSign: Bool, digits: Substring) {
        let hasSign = text.hasPrefix("-") || text.hasPrefix("+")
        return (hasSign, hasSign ? text.dropFirst() : text[...])
    }

    private static func isWhole(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy(\.isASCIIDigit)
    }

    /// `0x1f` and `0o17`.
    private static func prefixed(_ text: String) -> YAMLValue.Content? {
        let radix = text.hasPrefix("0x") ? 16 : text.hasPrefix("0o") ? 8 : 0
        let digits = text.dropFirst(2)
        guard radix != 0, !digits.isEmpty,
            digits.allSatisfy({ $0.isASCII && $0.hexDigitValue.map { $0 < radix } == true })
        else { return nil }
        return Int(digits, radix: radix).map { .int($0) } ?? .unfitNumber
    }

    /// Digits with one point at most, and an exponent or none.
    private static func isDecimal(_ text: Substring) -> Bool {
        let parts = text.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == "e" || $0 == "E" }
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        guard mantissa.count <= 2, mantissa.contains(where: { !$0.isEmpty }),
            mantissa.allSatisfy({ $0.utf8.allSatisfy(\.isASCIIDigit) })
        else { return false }
        return parts.count == 1 || isWhole(signed(String(parts[1])).digits)
    }
}
