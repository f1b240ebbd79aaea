/// Why something about a Git repository didn't work; the kind decides whether to retry, to wait or to ask a human.
///
/// The message is for people: what happened, where, and what to do. It holds no password, token or key, and a URL in it
/// has lost its user information.
package struct GitError: Error, Sendable, Codable, Equatable, CustomStringConvertible {
    package enum Kind: String, Sendable, Codable, CaseIterable {
        /// The network, the server's health or a local disk: trying again later may work.
        case transient
        /// The remote wants other credentials.
        case auth
        /// There is no such repository, ref or object.
        case notFound
        /// What was asked for makes no sense: a malformed URL, ref or hash.
        case invalid
        /// Data that doesn't have the hash or form that it should have.
        case corrupt
        /// A rule or a limit of ours forbids it.
        case refused
    }

    package let kind: Kind
    package let message: String

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = Redaction.withoutUserInformation(message)
    }

    package var description: String { message }
}
