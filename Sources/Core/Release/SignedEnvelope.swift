/// A signed document: DSSE's envelope, version 1, in its JSON form.
///
/// Source: https://github.com/secure-systems-lab/dsse/blob/v1.0.0/envelope.md
package struct SignedEnvelope: Codable, Sendable, Equatable {
    package struct Signature: Codable, Sendable, Equatable {
        /// Which key signed; a hint, which nothing relies on.
        package var keyid: String
        /// In Base64.
        package var sig: String

        package init(keyid: String, sig: String) {
            self.keyid = keyid
            self.sig = sig
        }
    }

    /// A media type.
    package var payloadType: String
    /// The document's bytes, in Base64.
    package var payload: String
    package var signatures: [Signature]

    package init(payloadType: String, payload: String, signatures: [Signature]) {
        self.payloadType = payloadType
        self.payload = payload
        self.signatures = signatures
    }
}
