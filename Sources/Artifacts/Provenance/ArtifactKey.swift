package import Core
import Crypto
package import Foundation

/// The key with which a controller signs what it says of its artifacts: ECDSA on P-256 with SHA-256.
package struct ArtifactKey: Sendable {
    private let key: P256.Signing.PrivateKey

    /// Reads the key at `place` (PEM, PKCS #8), which is made where there is none, for its owner only.
    ///
    /// - Throws: `ArtifactError` where others may read it, or where it is no such key.
    package init(at place: URL) throws {
        guard FileManager.default.fileExists(atPath: place.path) else {
            key = P256.Signing.PrivateKey()
            try Durable.write(Data((key.pemRepresentation + "\n").utf8), to: place, mode: 0o600)
            return
        }
        let attributes = try FileManager.default.attributesOfItem(atPath: place.path)
        guard let mode = (attributes[.posixPermissions] as? NSNumber)?.intValue, mode & 0o077 == 0 else {
            throw ArtifactError("\(place.path) may be read by others: chmod 600 it, or remove it for a new key")
        }
        do {
            key = try P256.Signing.PrivateKey(pemRepresentation: String(contentsOf: place, encoding: .utf8))
        } catch {
            throw ArtifactError(
                "\(place.path) is no key of ECDSA on P-256 in PEM: put the right file back, or remove it for a new key"
            )
        }
    }

    package var publicKey: ArtifactPublicKey { ArtifactPublicKey(key.publicKey) }

    package func sign(_ document: some Encodable, type: String) throws -> SignedEnvelope {
        let payload = try CanonicalJSON.encode(document).data
        let signature = try key.signature(for: SignedEnvelope.signed(payload, type: type))
        return SignedEnvelope(
            payloadType: type,
            payload: payload.base64EncodedString(),
            signatures: [.init(keyid: publicKey.id, sig: signature.derRepresentation.base64EncodedString())]
        )
    }
}

/// What anybody may know of a controller's key.
package struct ArtifactPublicKey: Sendable {
    private let key: P256.Signing.PublicKey

    init(_ key: P256.Signing.PublicKey) { self.key = key }

    /// - Throws: `ArtifactError` where `pem` is no public key of that kind.
    package init(pem: String) throws {
        do {
            key = try P256.Signing.PublicKey(pemRepresentation: pem)
        } catch {
            throw ArtifactError("no public key of ECDSA on P-256 in PEM, as fedops artifact key prints it")
        }
    }

    package var pem: String { key.pemRepresentation + "\n" }

    /// `sha256:` and the digest of its SubjectPublicKeyInfo (RFC 5280), as `openssl pkey -pubin -outform DER | sha256sum`.
    package var id: String { ContentDigest(of: key.derRepresentation).description }

    /// The document that this key signed.
    ///
    /// - Throws: `ArtifactError` that says what is wrong with the envelope.
    package func document(in envelope: SignedEnvelope, type: String) throws -> Data {
        guard envelope.payloadType == type else {
            throw ArtifactError("the envelope holds \(envelope.payloadType.prefix(100).debugDescription), not \(type)")
        }
        guard let payload = Data(anyBase64: envelope.payload) else {
            throw ArtifactError("the envelope's payload is not in Base64")
        }
        let signed = SignedEnvelope.signed(payload, type: type)
        let isSigned = envelope.signatures.prefix(16).contains { signature in
            guard let bytes = Data(anyBase64: signature.sig),
                let signature = try? P256.Signing.ECDSASignature(derRepresentation: bytes)
            else { return false }
            return key.isValidSignature(signature, for: signed)
        }
        guard isSigned else {
            let others = envelope.signatures.prefix(3).map { String($0.keyid.prefix(100)).debugDescription }
            throw ArtifactError(
                others.isEmpty
                    ? "the envelope has no signature"
                    : "the envelope was not signed by the key \(id), or was changed since; it names "
                        + others.joined(separator: ", ")
            )
        }
        return payload
    }
}

extension SignedEnvelope {
    /// The bytes that are signed: DSSE's pre-authentication encoding.
    static func signed(_ payload: Data, type: String) -> Data {
        Data("DSSEv1 \(type.utf8.count) \(type) \(payload.count) ".utf8) + payload
    }
}

extension Data {
    /// Standard or URL-safe, as DSSE allows.
    fileprivate init?(anyBase64 text: String) {
        let standard = text.replacing("-", with: "+").replacing("_", with: "/")
        let padding = String(repeating: "=", count: (4 - standard.utf8.count % 4) % 4)
        self.init(base64Encoded: standard + padding)
    }
}
