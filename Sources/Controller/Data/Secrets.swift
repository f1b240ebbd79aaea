import Artifacts
import Core
import Foundation

/// Tokens and bearers: 256 random bits that their owner keeps, and of which the controller keeps the SHA-256.
///
/// A plain hash does here what a slow one does for passwords: nobody guesses 256 bits.
enum Secrets {
    /// - Parameter prefix: Says what the secret is for, so that one that leaked is recognised.
    static func random(prefix: String) -> String {
        var generator = SystemRandomNumberGenerator()
        let words = (0..<4).map { _ in generator.next() as UInt64 }
        return prefix
            + words.map { word in
                let text = String(word, radix: 16)
                return String(repeating: "0", count: 16 - text.utf8.count) + text
            }.joined()
    }

    static func hash(_ secret: String) -> String { ContentDigest(of: Data(secret.utf8)).hex }

    /// Compares in a time that doesn't depend on where the texts differ.
    static func equal(_ a: String, _ b: String) -> Bool { TicketKeys.equal(a, b) }
}
