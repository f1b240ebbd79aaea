/// How far one wave of a rollout goes: so many nodes, or such a share of them, counted from the first, which is the
/// server node.
package enum Wave: Sendable, Equatable, Hashable {
    case nodes(Int)
    case percent(Int)

    /// How many of `total` nodes have moved when this wave is over: never more than there are, a share rounded up.
    package func size(of total: Int) -> Int {
        switch self {
        case .nodes(let count): min(count, total)
        case .percent(let share): (total * share + 99) / 100
        }
    }

    /// Reads `3` or `25%`; nil for any other text, for 0 and for more than 100%.
    package init?(_ text: String) {
        let digits = text.hasSuffix("%") ? String(text.dropLast()) : text
        guard digits.utf8.allSatisfy({ $0.isASCIIDigit }), let number = Int(digits), number > 0 else { return nil }
        if text.hasSuffix("%") {
            guard number <= 100 else { return nil }
            self = .percent(number)
        } else {
            self = .nodes(number)
        }
    }
}

extension Wave: CustomStringConvertible {
    package var description: String {
        switch self {
        case .nodes(let count): "\(count)"
        case .percent(let share): "\(share)%"
        }
    }
}

extension Wave: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = (try? container.decode(Int.self)).map(String.init) ?? (try? container.decode(String.self))
        guard let wave = text.flatMap(Wave.init) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "a number of nodes from 1, or a share from 1% to 100%, is allowed"
            )
        }
        self = wave
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .nodes(let count): try container.encode(count)
        case .percent: try container.encode(description)
        }
    }
}
