/// Takes secrets out of texts that people and logs get to see.
enum Redaction {
    /// The text with `user:password@` removed from every URL in it.
    static func withoutUserInformation(_ text: String) -> String {
        var result = ""
        var rest = Substring(text)
        while let marker = rest.firstRange(of: "://") {
            result += rest[..<marker.upperBound]
            rest = rest[marker.upperBound...]
            // The authority ends where a path, a query or surrounding text begins.
            let authority = rest.prefix { !"/?# \t\n\r\"'<>".contains($0) }
            if let at = authority.lastIndex(of: "@") { rest = rest[rest.index(after: at)...] }
        }
        return result + rest
    }

    /// The text with each of the secrets replaced, wherever a library may have repeated it.
    static func without(_ secrets: [String], in text: String) -> String {
        secrets.filter { $0.count >= 4 }.reduce(text) { $0.replacing($1, with: "[secret]") }
    }

    /// The text without control characters, which could move a terminal's cursor or forge lines of a log.
    static func printable(_ text: String, limit: Int = 500) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.prefix(limit).map { $0.properties.generalCategory == .control ? " " : $0 }
            )
        )
    }
}
