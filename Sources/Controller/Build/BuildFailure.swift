/// Why a revision will never be ready, whoever tries again: the fault is the revision's own.
///
/// What is no fault of it (a full disk, an index that can't be reached, a build that was stopped) is thrown as it is.
struct BuildFailure: Error, Sendable, CustomStringConvertible {
    /// One line, for people.
    var reason: String
    /// The last lines of the log, or all mistakes of a flow.
    var logTail: [String]

    init(reason: String, logTail: [String]) {
        self.reason = reason.split(whereSeparator: \.isNewline).joined(separator: " ")
        self.logTail = logTail
    }

    var description: String { reason }
}
