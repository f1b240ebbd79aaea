/// Text of a repository, a node or a controller, made fit for a terminal: nothing in it can move the cursor, change
/// colours, rename the window or reverse the direction of writing.
package enum SafeText {
    /// One line. Control and format characters are shown as escapes, line breaks as spaces, tabs as one space.
    package static func line(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isUnsafe) else { return text }
        var safe = String.UnicodeScalarView()
        var last: Unicode.Scalar?
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n" where last == "\r": break
            case "\n", "\r", "\t": safe.append(" ")
            case _ where isUnsafe(scalar): safe.append(contentsOf: escape(scalar).unicodeScalars)
            default: safe.append(scalar)
            }
            last = scalar
        }
        return String(safe)
    }

    /// The lines of a text, each safe.
    package static func lines(_ text: String) -> [String] {
        text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map { line(String($0)) }
    }

    /// Control characters of C0 and C1, those that direct writing or hide, and what Unicode has no meaning for.
    static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: true
        // A zero-width joiner only joins, as in many emoji.
        case .format: scalar != "\u{200D}" && scalar != "\u{200C}"
        default: false
        }
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16)
        return scalar.value < 0x100 ? "\\x" + (digits.count == 1 ? "0" : "") + digits : "\\u{\(digits)}"
    }
}

/// How many columns of a terminal a text takes.
enum DisplayWidth {
    static func of(_ text: String) -> Int { text.reduce(0) { $0 + of($1) } }

    static func of(_ character: Character) -> Int {
        guard let scalar = character.unicodeScalars.first else { return 0 }
        if scalar.isASCII { return 1 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control: return 0
        default: return isWide(scalar) || character.unicodeScalars.contains("\u{FE0F}") ? 2 : 1
        }
    }

    /// East Asian wide and full-width blocks, and emoji (UAX #11).
    private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF,
            0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF,
            0x20000...0x3FFFD:
            true
        default: false
        }
    }

    /// The text cut to `width` columns, with `…` where something is missing.
    static func cut(_ text: String, to width: Int) -> String {
        guard of(text) > width else { return text }
        var kept = ""
        var taken = 0
        for character in text {
            let next = of(character)
            guard taken + next <= width - 1 else { break }
            kept.append(character)
            taken += next
        }
        return width > 0 ? kept + "…" : ""
    }
}
