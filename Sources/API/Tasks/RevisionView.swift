package import Core

/// A revision and how its build fares.
package typealias RevisionView = RevisionRecord

/// The key that a controller's accounts of builds are signed with.
package struct PublicKeyView: Codable, Sendable, Equatable {
    /// SubjectPublicKeyInfo in PEM (RFC 7468).
    package var pem: String

    package init(pem: String) { self.pem = pem }
}
