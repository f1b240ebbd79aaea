/// The shape of a node's labels: a name, and a value that may be any short text.
package enum Label {
    /// What a valid name is, for messages.
    package static let nameRule = "a label name of 1 to 63 letters, digits, '.', '_', '-' or '/'"
    /// What a valid value is, for messages.
    package static let valueRule = "a label value of 1 to 63 characters on one line"

    /// Letters, digits and `._-/`, 1 to 63 of them, with a letter or digit at both ends.
    package static func isName(_ text: String) -> Bool {
        guard (1...63).contains(text.utf8.count), let first = text.utf8.first, let last = text.utf8.last else {
            return false
        }
        return text.utf8.allSatisfy { $0.isASCIIAlphanumeric || "._-/".utf8.contains($0) }
            && first.isASCIIAlphanumeric && last.isASCIIAlphanumeric
    }

    /// 1 to 63 characters, none of them a control character.
    package static func isValue(_ text: String) -> Bool {
        (1...63).contains(text.unicodeScalars.count)
            && !text.unicodeScalars.contains { $0.properties.generalCategory == .control }
    }
}
