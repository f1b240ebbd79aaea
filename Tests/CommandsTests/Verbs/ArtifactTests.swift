import Core
import Foundation
import TestSupport
import Testing

/// Where an artifact comes from, asked of a controller and checked without it.
@Suite struct ArtifactTests {
    @Test("what was built is signed, is the commit's files, and nothing else passes", .timeLimit(.minutes(3)))
    func provenance() async throws {
        try await withFixture { fixture in
            let site = try await VerbTests.Installation.start(fixture)
            let flow =
                VerbTests.Installation.flow + """
                    test:
                      - {name: files, run: "test -f run.sh && test -L link"}

                    """
            let commit = try await site.repository.commit(
                ["fedops.yaml": flow, "run.sh": "#!/bin/sh\n", "data/notes.txt": "x\n"],
                links: ["link": "data/notes.txt"],
                on: "main"
            )
            try await site.repository.tag("v1.0.0", at: commit)
            try await site.fedops("task", "add", "digits", "file://\(site.repository.folder.path)", "--interval", "1s")
            try await eventually("the revision is built", within: .seconds(60)) {
                try await site.json("revision", "ls", "digits")["items"]?["0"]?["state"] == .string("ready")
            }
            let shown = try await site.fedops("artifact", "provenance", "digits", "v1.0.0")
            for text in [commit, "digits@v1.0.0", "test files: /bin/sh -c test -f run.sh"] {
                #expect(shown.contains(text), "\(shown)")
            }
            let envelope = fixture.url("digits.json")
            try Data(try await site.fedops("artifact", "provenance", "digits", "-o", "json").utf8).write(to: envelope)
            let key = fixture.url("controller.pem")
            try Data(try await site.fedops("artifact", "key").utf8).write(to: key)
            let folder = try fixture.makeFolder("files")
            try await requireProcess(
                "sh",
                [
                    "-c", "git -C \"$1\" archive \"$2\" | tar -x -C \"$3\"", "sh", site.repository.folder.path, commit,
                    folder.path,
                ]
            )

            func verify(_ arguments: String..., status: Int = 0) async throws -> String {
                let output = try await runProcess(
                    site.binary,
                    ["artifact", "verify", envelope.path, "--key", key.path] + arguments,
                    environment: ["FEDOPS_CONTROLLER": "http://127.0.0.1:1"]
                )
                #expect(output.status == status, "\(output.stdout)\(output.stderr)")
                return output.stdout + output.stderr
            }
            let verified = try await verify("--commit", String(commit.prefix(8)), "--folder", folder.path)
            #expect(verified.contains("The files of \(folder.path) are the artifact's."), "\(verified)")
            let statement = try JSONDecoder().decode(JSONValue.self, from: Data(try await verify("-o", "json").utf8))
            #expect(statement["_type"] == .string("https://in-toto.io/Statement/v1"))
            #expect(statement["predicateType"] == .string("https://slsa.dev/provenance/v1"))
            let digest = try await site.json("revision", "show", "digits")["digest"]
            guard case .string(let signed)? = statement["subject"]?["0"]?["digest"]?["sha256"] else {
                Issue.record("no subject")
                return
            }
            #expect(digest == .string("sha256:\(signed)"))

            #expect(try await verify("--commit", String(repeating: "0", count: 40), status: 1).contains("not 0000"))
            try fixture.write("y\n", to: "files/data/notes.txt")
            #expect(try await verify("--folder", folder.path, status: 1).contains("are not the artifact's"))
            let stranger = try await VerbTests.Installation.stranger(fixture)
            try FileManager.default.removeItem(at: key)
            try FileManager.default.copyItem(at: stranger, to: key)
            #expect(try await verify(status: 1).contains("was not signed by the key"))
            try Data("rubbish".utf8).write(to: key)
            #expect(try await verify(status: 1).contains("\(key.path) is no public key of ECDSA on P-256"))
            try Data("{}".utf8).write(to: envelope)
            #expect(try await verify(status: 1).contains("is no envelope of DSSE in JSON: payloadType is missing"))
        }
    }
}

extension VerbTests.Installation {
    /// The public key of somebody else.
    static func stranger(_ fixture: Fixture) async throws -> URL {
        let (secret, open) = (fixture.url("stranger.key"), fixture.url("stranger.pem"))
        let curve = "ec_paramgen_curve:P-256"
        try await requireProcess("openssl", ["genpkey", "-algorithm", "EC", "-pkeyopt", curve, "-out", secret.path])
        try await requireProcess("openssl", ["pkey", "-in", secret.path, "-pubout", "-out", open.path])
        return open
    }
}
