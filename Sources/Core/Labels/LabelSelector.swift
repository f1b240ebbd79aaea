/// Chooses nodes by their labels. Every requirement must hold; a selector without requirements matches every node.
///
/// Its text form is a map from a label's name to the value it must have, or to a list of values of which it must
/// have one: `{region: north, site: [a, b]}`.
package struct LabelSelector: Sendable, Equatable, Hashable {
    /// Label name to the values of which the label must have one. No list is empty.
    package var requirements: [String: [String]]

    package init(_ requirements: [String: [String]] = [:]) {
        self.requirements = requirements
    }

    /// Whether a node with these labels is chosen.
    package func matches(_ labels: [String: String]) -> Bool {
        requirements.allSatisfy { name, values in labels[name].map(values.contains) ?? false }
    }
}

extension LabelSelector: Codable {
    private enum Values: Codable {
        case one(String)
        case several([String])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let value = try? container.decode(String.self) {
                self = .one(value)
            } else {
                self = .several(try container.decode([String].self))
            }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .one(let value): try container.encode(value)
            case .several(let values): try container.encode(values)
            }
        }
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        requirements = try container.decode([String: Values].self).mapValues { values in
            switch values {
            case .one(let value): return [value]
            case .several(let values) where values.isEmpty:
                throw DecodingError.dataCorruptedError(
                    in: container,
                    debugDescription: "a label needs at least one value to choose from"
                )
            case .several(let values): return values
            }
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(requirements.mapValues { $0.count == 1 ? Values.one($0[0]) : .several($0) })
    }
}

extension LabelSelector: CustomStringConvertible {
    /// `region=north,site in (a,b)`, names in order; `any` without requirements.
    package var description: String {
        guard !requirements.isEmpty else { return "any" }
        return requirements.sorted { $0.key < $1.key }.map { name, values in
            values.count == 1 ? "\(name)=\(values[0])" : "\(name) in (\(values.joined(separator: ",")))"
        }.joined(separator: ",")
    }
}
