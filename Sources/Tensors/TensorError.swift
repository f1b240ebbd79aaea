/// Why a tensor file can't be read or written.
package struct TensorError: Error, CustomStringConvertible, Sendable {
    package enum Kind: String, Sendable {
        /// The content breaks the format.
        case invalid
        /// The content may be right, but is more than the limits allow.
        case tooLarge
        /// The operating system refused: no such file, no space, no permission.
        case unreadable
    }

    package let kind: Kind
    package let description: String

    package init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}

/// A name from a file as a message may show it: quoted, at most 80 characters of it, none of them invisible.
package func quoted(_ name: String) -> String {
    var shown = String.UnicodeScalarView()
    for scalar in name.unicodeScalars.prefix(80) {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: shown.append("\u{FFFD}")
        default: shown.append(scalar)
        }
    }
    return name.unicodeScalars.count > 80 ? "\"\(String(shown))…\"" : "\"\(String(shown))\""
}
