/// A value whose form in JSON is its text, the same that the flow's file has.
package protocol TextCodable: Codable, CustomStringConvertible {
    /// What a valid text is, for messages.
    static var textRule: String { get }

    init?(_ text: String)
}

extension TextCodable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = Self(text) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "found \"\(text)\", \(Self.textRule) is allowed"
            )
        }
        self = value
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
