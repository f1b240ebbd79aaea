package import Core
import Crypto
import Foundation

/// Keys that let nodes prove to one another what the controller granted them, without its being asked again.
///
/// All are HMAC-SHA-256 (RFC 2104) of a short text, in hexadecimal, so that none has to be stored: the controller
/// derives them from its secret, and the server node derives the clients' keys from the round's.
package enum TicketKeys {
    /// The key of a whole round, for the engine.
    package static func round(secret: String, task: String, epoch: Int) -> String {
        hmac("round|\(task)|\(epoch)", secret)
    }

    /// The key of one client in a round.
    package static func client(round key: String, node: String) -> String { hmac("client|\(node)", key) }

    /// The key with which a server node checks grants for a task's models.
    package static func models(secret: String, task: String, node: String) -> String {
        hmac("models|\(task)|\(node)", secret)
    }

    /// Leave to fetch one model until `expires`.
    package static func grant(models key: String, version: Int, expires: Instant) -> String {
        "\(version).\(expires.milliseconds).\(hmac("grant|\(version)|\(expires.milliseconds)", key))"
    }

    /// Whether `bearer` is a grant for `version` that holds at `instant`.
    package static func isValid(grant bearer: String, models key: String, version: Int, at instant: Instant) -> Bool {
        let parts = bearer.split(separator: ".")
        guard parts.count == 3, let expires = Int64(parts[1]), instant.milliseconds <= expires else { return false }
        return equal(bearer, grant(models: key, version: version, expires: Instant(milliseconds: expires)))
    }

    /// Compares in a time that doesn't depend on where the texts differ.
    package static func equal(_ a: String, _ b: String) -> Bool {
        let (x, y) = (SHA256.hash(data: Data(a.utf8)), SHA256.hash(data: Data(b.utf8)))
        return zip(x, y).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private static func hmac(_ text: String, _ key: String) -> String {
        HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: SymmetricKey(data: Data(key.utf8)))
            .map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
