/// Python's logical lines: what brackets or a backslash join is one; comments are gone, and strings are emptied, so that
/// nothing in them looks like code.
enum PythonLines {
    struct Line: Equatable {
        /// Of its first physical line, from 1.
        var number: Int
        /// In columns; a tab goes to the next multiple of eight.
        var indentation: Int
        var text: String
    }

    static func logical(_ source: String) -> [Line] {
        var reader = Reader(source)
        return reader.read()
    }

    private struct Reader {
        private let scalars: [Unicode.Scalar]
        private var index = 0
        private var number = 1
        private var depth = 0
        private var lines: [Line] = []
        private var text = ""
        private var start = 1
        private var indentation = 0
        private var isBlank = true

        init(_ source: String) {
            scalars = source.replacing("\r\n", with: "\n").unicodeScalars.map { $0 == "\r" ? "\n" : $0 }
        }

        mutating func read() -> [Line] {
            while index < scalars.count { step() }
            end()
            return lines
        }

        private mutating func step() {
            let scalar = scalars[index]
            switch scalar {
            case "\n":
                index += 1
                number += 1
                if depth == 0 { end() } else { text += " " }
            case "#":
                while index < scalars.count, scalars[index] != "\n" { index += 1 }
            case "\\" where index + 1 < scalars.count && scalars[index + 1] == "\n":
                index += 2
                number += 1
                text += " "
            case "\"", "'":
                begin()
                string(scalar)
            case " ", "\t", "\u{C}":
                if isBlank {
                    indentation = scalar == "\t" ? (indentation / 8 + 1) * 8 : scalar == " " ? indentation + 1 : 0
                } else {
                    text += " "
                }
                index += 1
            default:
                begin()
                if "([{".unicodeScalars.contains(scalar) { depth += 1 }
                if ")]}".unicodeScalars.contains(scalar) { depth = max(0, depth - 1) }
                text.unicodeScalars.append(scalar)
                index += 1
            }
        }

        private mutating func begin() {
            guard isBlank else { return }
            isBlank = false
            start = number
        }

        private mutating func end() {
            if !isBlank { lines.append(Line(number: start, indentation: indentation, text: text)) }
            (text, indentation, isBlank, depth) = ("", 0, true, 0)
        }

        /// Goes past a string and leaves `""` in its place.
        private mutating func string(_ quote: Unicode.Scalar) {
            let isTriple = index + 2 < scalars.count && scalars[index + 1] == quote && scalars[index + 2] == quote
            index += isTriple ? 3 : 1
            while index < scalars.count {
                let scalar = scalars[index]
                if scalar == "\\" {
                    if index + 1 < scalars.count, scalars[index + 1] == "\n" { number += 1 }
                    index += 2
                    continue
                }
                if scalar == "\n" {
                    // A string of one line that isn't closed is an error of Python's; it ends here all the same.
                    guard isTriple else { break }
                    number += 1
                }
                if scalar == quote {
                    if !isTriple {
                        index += 1
                        break
                    }
                    if index + 2 < scalars.count, scalars[index + 1] == quote, scalars[index + 2] == quote {
                        index += 3
                        break
                    }
                }
                index += 1
            }
            text += "\"\""
        }
    }
}
