import Core
import Foundation
import GRDB

/// Values that are stored whole, as JSON.
enum Document {
    /// The format of stored states. It rises when a state changes in a way that its decoder doesn't bridge by itself.
    static let stateVersion = 1

    static func encode(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    static func decode<Value: Decodable>(_ type: Value.Type, from text: String) throws -> Value {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }
}

extension Row {
    func document<Value: Decodable>(_ type: Value.Type, _ column: String) throws -> Value {
        try Document.decode(type, from: self[column])
    }

    func instant(_ column: String) -> Instant { Instant(milliseconds: self[column]) }

    func optionalInstant(_ column: String) -> Instant? {
        (self[column] as Int64?).map(Instant.init(milliseconds:))
    }

    func commit(_ column: String) throws -> CommitHash {
        let text: String = self[column]
        guard let commit = CommitHash(text) else { throw malformed(column, text) }
        return commit
    }

    func optionalDigest(_ column: String) throws -> ContentDigest? {
        guard let text = self[column] as String? else { return nil }
        guard let digest = ContentDigest(text) else { throw malformed(column, text) }
        return digest
    }

    func word<Word: RawRepresentable<String>>(_ type: Word.Type, _ column: String) throws -> Word {
        let text: String = self[column]
        guard let word = Word(rawValue: text) else { throw malformed(column, text) }
        return word
    }

    private func malformed(_ column: String, _ text: String) -> DecodingError {
        .dataCorrupted(.init(codingPath: [], debugDescription: "column \(column) holds \"\(text.prefix(80))\""))
    }
}
