/// A value of a YAML file, and where it stands.
struct YAMLValue: Sendable {
    indirect enum Content: Sendable {
        case null
        case bool(Bool)
        case int(Int)
        case double(Double)
        /// Infinite, not a number, or a whole number of more than 64 bits.
        case unfitNumber
        case text(String)
        case list([YAMLValue])
        case map([Entry])
        /// Reported already; there is no more to say of it.
        case refused
    }

    /// A key of a map with its value, in the order of the file. No two of a map are equal.
    struct Entry: Sendable {
        var key: String
        var position: Position
        var value: YAMLValue
    }

    /// Counted from 1, columns in Unicode scalars.
    struct Position: Sendable, Comparable {
        var line: Int
        var column: Int

        static let start = Position(line: 1, column: 1)

        static func < (a: Position, b: Position) -> Bool { (a.line, a.column) < (b.line, b.column) }
    }

    var content: Content
    var position: Position
    /// The scalar as the file has it, which tells `3.10` from `3.1`; empty for lists and maps.
    var source = ""

    /// What it is, for messages.
    var found: String {
        switch content {
        case .null: "nothing"
        case .bool, .int, .double, .unfitNumber: String(source.prefix(60))
        case .text(let text): text.quotedForPeople()
        case .list(let items): items.isEmpty ? "an empty list" : "a list"
        case .map(let entries): entries.isEmpty ? "an empty map" : "a map"
        case .refused: "something else"
        }
    }
}
