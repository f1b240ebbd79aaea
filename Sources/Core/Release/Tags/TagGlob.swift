/// A pattern over whole names: `*` is any run of characters, `?` one, `[abc]`, `[a-z]` and `[!a]` one of a set.
package struct TagGlob: Sendable, Equatable {
    private enum Piece: Sendable, Equatable {
        case literal(Unicode.Scalar)
        case any
        case run
        case set([ClosedRange<Unicode.Scalar>], negated: Bool)

        func matches(_ scalar: Unicode.Scalar) -> Bool {
            switch self {
            case .literal(let own): own == scalar
            case .any: true
            case .run: false
            case .set(let ranges, let negated): ranges.contains { $0.contains(scalar) } != negated
            }
        }
    }

    private let pieces: [Piece]
    /// What every matching name begins with.
    let literalPrefix: String

    init(_ text: String) throws(TagRuleError) {
        var pieces: [Piece] = []
        var rest = text.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            switch scalar {
            case "*": if pieces.last != .run { pieces.append(.run) }
            case "?": pieces.append(.any)
            case "[": pieces.append(try Self.set(&rest, of: text))
            case "\\", ":": throw TagRuleError(text, "\"\(scalar)\" can't be part of a tag's name")
            default: pieces.append(.literal(scalar))
            }
        }
        self.pieces = pieces
        var prefix = String.UnicodeScalarView()
        for case .literal(let scalar) in pieces.prefix(while: { if case .literal = $0 { true } else { false } }) {
            prefix.append(scalar)
        }
        literalPrefix = String(prefix)
    }

    private static func set(
        _ rest: inout Substring.UnicodeScalarView,
        of text: String
    ) throws(TagRuleError) -> Piece {
        var members: [Unicode.Scalar] = []
        let negated = rest.first == "!" || rest.first == "^"
        if negated { rest.removeFirst() }
        while let scalar = rest.popFirst() {
            // A "]" right at the start is a member.
            if scalar == "]", !members.isEmpty { return .set(try ranges(members, of: text), negated: negated) }
            members.append(scalar)
        }
        throw TagRuleError(text, "a \"[\" isn't closed")
    }

    private static func ranges(
        _ members: [Unicode.Scalar],
        of text: String
    ) throws(TagRuleError) -> [ClosedRange<Unicode.Scalar>] {
        var ranges: [ClosedRange<Unicode.Scalar>] = []
        var index = 0
        while index < members.count {
            let low = members[index]
            guard index + 2 < members.count, members[index + 1] == "-" else {
                ranges.append(low...low)
                index += 1
                continue
            }
            let high = members[index + 2]
            guard low <= high else { throw TagRuleError(text, "the range \(low)-\(high) is the wrong way round") }
            ranges.append(low...high)
            index += 3
        }
        return ranges
    }

    /// Goes back to the last `*` only, so that no pattern takes longer than its length times the name's.
    package func matches(_ name: String) -> Bool {
        let name = Array(name.unicodeScalars)
        var (position, piece) = (0, 0)
        var retry: (position: Int, piece: Int)?
        while position < name.count {
            if piece < pieces.count, pieces[piece] == .run {
                piece += 1
                retry = (position, piece)
            } else if piece < pieces.count, pieces[piece].matches(name[position]) {
                position += 1
                piece += 1
            } else if let (from, after) = retry {
                retry = (from + 1, after)
                (position, piece) = (from + 1, after)
            } else {
                return false
            }
        }
        return pieces[piece...].allSatisfy { $0 == .run }
    }
}
