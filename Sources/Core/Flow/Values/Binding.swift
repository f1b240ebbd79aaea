/// What a stage's parameter is given by `with`: a reference, or a constant.
///
/// In text, a string that starts with `$` is a reference, `$$` at the start stands for a literal `$`, and anything
/// else is itself. Only the string itself is looked at, not strings inside a list or a map.
package enum Binding: Sendable, Equatable {
    case reference(Reference)
    case constant(JSONValue)

    /// Reads a value of the flow's file; nil when it is a string that starts with `$` and is no reference.
    package init?(_ value: JSONValue) {
        guard case .string(let text) = value, text.hasPrefix("$") else {
            self = .constant(value)
            return
        }
        if text.hasPrefix("$$") {
            self = .constant(.string(String(text.dropFirst())))
        } else if let reference = Reference(text) {
            self = .reference(reference)
        } else {
            return nil
        }
    }

    /// The value as the flow's file has it.
    package var source: JSONValue {
        switch self {
        case .reference(let reference): .string(reference.description)
        case .constant(.string(let text)) where text.hasPrefix("$"): .string("$" + text)
        case .constant(let value): value
        }
    }
}

extension Binding: Codable {
    package init(from decoder: any Decoder) throws {
        let value = try JSONValue(from: decoder)
        guard let binding = Binding(value) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "\(Reference.textRule) is allowed")
            )
        }
        self = binding
    }

    package func encode(to encoder: any Encoder) throws {
        try source.encode(to: encoder)
    }
}
