import Core
import Foundation
import TestSupport
import Testing

@testable import Artifacts

/// Signatures of artifacts, beside OpenSSL's own.
@Suite struct ArtifactKeyTests {
    private struct Document: Codable, Equatable { var text: String }

    private let type = "text/test+json"

    private func openssl(_ arguments: String..., in fixture: Fixture) async throws {
        try await requireProcess("openssl", arguments, in: fixture.folder)
    }

    @Test("OpenSSL accepts what we sign, with the public key that we print")
    func ours() async throws {
        try await withFixture { fixture in
            let key = try ArtifactKey(at: fixture.url("key.pem"))
            let envelope = try key.sign(Document(text: "ümläut / slash"), type: type)
            let payload = try #require(Data(base64Encoded: envelope.payload))
            #expect(try JSONDecoder().decode(Document.self, from: payload) == Document(text: "ümläut / slash"))
            // The encoding that is signed, written out by the specification.
            let signed = Data("DSSEv1 14 text/test+json \(payload.count) ".utf8) + payload
            try signed.write(to: fixture.url("signed"))
            let signature = try #require(envelope.signatures.first.flatMap { Data(base64Encoded: $0.sig) })
            try signature.write(to: fixture.url("signature"))
            try fixture.write(key.publicKey.pem, to: "public.pem")
            try await openssl(
                "dgst",
                "-sha256",
                "-verify",
                "public.pem",
                "-signature",
                "signature",
                "signed",
                in: fixture
            )
            try await openssl(
                "pkey",
                "-pubin",
                "-in",
                "public.pem",
                "-outform",
                "DER",
                "-out",
                "public.der",
                in: fixture
            )
            let id = ContentDigest(of: try Data(contentsOf: fixture.url("public.der")))
            #expect(envelope.signatures.map(\.keyid) == [id.description])
        }
    }

    @Test("what OpenSSL signed is accepted, in both alphabets of Base64, and by no other key")
    func theirs() async throws {
        try await withFixture { fixture in
            try await openssl(
                "genpkey",
                "-algorithm",
                "EC",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-out",
                "key.pem",
                in: fixture
            )
            try await openssl("pkey", "-in", "key.pem", "-pubout", "-out", "public.pem", in: fixture)
            let payload = Data(#"{"text":"???>>>"}"#.utf8)
            try (Data("DSSEv1 14 text/test+json \(payload.count) ".utf8) + payload).write(to: fixture.url("signed"))
            try await openssl("dgst", "-sha256", "-sign", "key.pem", "-out", "signature", "signed", in: fixture)
            let signature = try Data(contentsOf: fixture.url("signature")).base64EncodedString()
            func envelope(_ change: (String) -> String) -> SignedEnvelope {
                SignedEnvelope(
                    payloadType: type,
                    payload: change(payload.base64EncodedString()),
                    signatures: [.init(keyid: "", sig: change(signature))]
                )
            }
            let key = try ArtifactPublicKey(pem: String(contentsOf: fixture.url("public.pem"), encoding: .utf8))
            let plain = envelope { $0 }
            #expect(try key.document(in: plain, type: type) == payload)
            let url = envelope {
                $0.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
            }
            #expect(url.payload == "eyJ0ZXh0IjoiPz8_Pj4-In0")
            #expect(try key.document(in: url, type: type) == payload)

            // A key of OpenSSL's is taken as the controller's own.
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o600],
                ofItemAtPath: fixture.url("key.pem").path
            )
            #expect(try ArtifactKey(at: fixture.url("key.pem")).publicKey.id == key.id)
            let other = try ArtifactKey(at: fixture.url("other.pem")).publicKey
            #expect(throws: ArtifactError.self) { try other.document(in: plain, type: type) }
        }
    }

    @Test("a change anywhere is refused")
    func changes() async throws {
        try await withFixture { fixture in
            let key = try ArtifactKey(at: fixture.url("key.pem"))
            let envelope = try key.sign(Document(text: "what was built"), type: type)
            func refusal(_ change: (inout SignedEnvelope) throws -> Void) throws -> String {
                var changed = envelope
                try change(&changed)
                let error = #expect(throws: ArtifactError.self) { try key.publicKey.document(in: changed, type: type) }
                return error?.description ?? ""
            }
            for (index, byte) in try #require(Data(base64Encoded: envelope.payload)).enumerated() {
                let message = try refusal { changed in
                    var bytes = try #require(Data(base64Encoded: envelope.payload))
                    bytes[index] = byte ^ 1
                    changed.payload = bytes.base64EncodedString()
                }
                #expect(message.contains("was changed since"))
            }
            let signature = try #require(Data(base64Encoded: envelope.signatures[0].sig))
            for index in signature.indices {
                _ = try refusal { changed in
                    var bytes = signature
                    bytes[index] ^= 1
                    changed.signatures[0].sig = bytes.base64EncodedString()
                }
            }
            #expect(try refusal { $0.payloadType = "text/other" }.contains("holds \"text/other\""))
            #expect(try refusal { $0.signatures = [] }.contains("no signature"))
            #expect(try refusal { $0.payload = "*" }.contains("Base64"))
        }
    }

    @Test("a key that others may read, or that is none, is refused and left as it is")
    func files() async throws {
        try await withFixture { fixture in
            let place = fixture.url("key.pem")
            let first = try ArtifactKey(at: place).publicKey.id
            #expect(try ArtifactKey(at: place).publicKey.id == first)
            let attributes = try FileManager.default.attributesOfItem(atPath: place.path)
            #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
            try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: place.path)
            let open = #expect(throws: ArtifactError.self) { try ArtifactKey(at: place) }
            #expect(open?.description.contains("may be read by others") == true)
            let rubbish = try fixture.write("rubbish", to: "rubbish.pem", mode: 0o600)
            let none = #expect(throws: ArtifactError.self) { try ArtifactKey(at: rubbish) }
            #expect(none?.description.contains("is no key") == true)
            #expect(try String(contentsOf: rubbish, encoding: .utf8) == "rubbish")
        }
    }
}
