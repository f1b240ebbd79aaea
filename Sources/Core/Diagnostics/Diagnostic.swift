/// One finding about a file that a person wrote: where it is, what was found, and what to do about it.
package struct Diagnostic: Codable, Sendable, Equatable {
    package enum Severity: String, Codable, Sendable {
        case error
        case warning
    }

    package var severity: Severity
    /// The file's name as the caller gave it, relative to the repository where there is one.
    package var file: String
    /// Counted from 1.
    package var line: Int
    /// Counted from 1, in Unicode scalars.
    package var column: Int
    /// Key path such as `rounds.count` or `build[0].run`; empty when the finding is about the file as a whole.
    package var path: String
    /// What was found and what is allowed.
    package var message: String
    /// What to do about it, where there is more to say than the message does.
    package var hint: String?

    package init(
        severity: Severity = .error,
        file: String,
        line: Int,
        column: Int,
        path: String = "",
        message: String,
        hint: String? = nil
    ) {
        self.severity = severity
        self.file = file
        self.line = line
        self.column = column
        self.path = path
        self.message = message
        self.hint = hint
    }
}

extension Diagnostic: CustomStringConvertible {
    /// One line in the form that compilers use, so that editors and CI systems can follow it:
    /// `fedops.yaml:12:3: error: rounds.count: found "ten", a whole number from 1 to 100000 is allowed`.
    package var description: String {
        let subject = path.isEmpty ? "" : "\(path): "
        let advice = hint.map { " (\($0))" } ?? ""
        return "\(file):\(line):\(column): \(severity.rawValue): \(subject)\(message)\(advice)"
    }
}

extension Diagnostic: Comparable {
    /// The order of reading: by line, then column, then path and message, so that equal inputs print equally.
    package static func < (left: Diagnostic, right: Diagnostic) -> Bool {
        (left.line, left.column, left.path, left.message) < (right.line, right.column, right.path, right.message)
    }
}
