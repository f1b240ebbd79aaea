import Artifacts
import Core
import Foundation
import Testing

@Suite("Manifests")
struct ManifestTests {
    private static let commit = CommitHash(String(repeating: "ab", count: 20))!
    private static let digest = ContentDigest(String(repeating: "cd", count: 32))!

    private static func file(_ path: String, _ mode: Manifest.File.Mode = .regular, size: Int = 4) -> Manifest.File {
        Manifest.File(path: path, mode: mode, size: size, sha256: digest)
    }

    private static func manifest(_ files: [Manifest.File]) -> Manifest {
        Manifest(commit: commit, flow: "fedops.yaml", files: files)
    }

    @Test("The order in which files are listed doesn't matter, and the digest is the same on any machine")
    func canonical() throws {
        let files = ["train.py", "a/b.py", "a-b.py", "Ä.txt", "fedops.yaml"].map { Self.file($0) }
        let one = try Self.manifest(files).encoded()
        let other = try Self.manifest(files.reversed()).encoded()
        #expect(one.data == other.data)
        #expect(
            one.digest.description == "sha256:4f9381105ebf6512e7786a7e7b05255f272a2c1d39aa43f00d55803ab0186636"
        )
        #expect(try Manifest(verifying: one.data, digest: one.digest) == Self.manifest(files))
    }

    @Test("Every kind of change gives another digest")
    func distinct() throws {
        let base = Self.manifest([Self.file("a"), Self.file("b")])
        var changed = [base, base, base, base, base]
        changed[0].commit = CommitHash(String(repeating: "ac", count: 20))!
        changed[1].flow = "other/fedops.yaml"
        changed[2].files[0].mode = .executable
        changed[3].files[1].size = 5
        changed[4].files[1].path = "c"
        let digests = try ([base] + changed).map { try $0.encoded().digest }
        #expect(Set(digests).count == 6)
    }

    @Test(
        "Paths that could leave the folder, or that contradict one another, are refused",
        arguments: [
            ["../x"], ["/etc/passwd"], ["a/../../x"], ["a//b"], ["."], ["a/."], [""], ["a\\b"], ["a\u{0}b"], ["a\nb"],
            ["a", "a"], ["a", "a/b"], [String(repeating: "n", count: 256)],
        ]
    )
    func refused(paths: [String]) throws {
        let (data, digest) = try Self.manifest(paths.map { Self.file($0) }).encoded()
        #expect(throws: ArtifactError.self) { try Manifest(verifying: data, digest: digest) }
    }

    @Test("A file beneath a link is refused, whatever the link says")
    func beneathLink() throws {
        let manifest = Self.manifest([Self.file("data", .symlink), Self.file("data/x")])
        #expect(throws: ArtifactError("the manifest lists data/x beneath data, which is not a folder")) {
            try manifest.checkPaths()
        }
        #expect(throws: ArtifactError.self) { try Self.manifest([Self.file("x", size: -1)]).checkPaths() }
    }

    @Test("Changed bytes, a newer format and what is no manifest are told apart")
    func verification() throws {
        let (data, digest) = try Self.manifest([Self.file("a")]).encoded()
        func message(_ data: Data, _ digest: ContentDigest) -> String {
            do {
                _ = try Manifest(verifying: data, digest: digest)
                return ""
            } catch { return "\(error)" }
        }
        #expect(message(data + Data(" ".utf8), digest).contains("it was changed on its way or on disk"))
        var newer = Self.manifest([Self.file("a")])
        newer.format = 2
        let encoded = try newer.encoded()
        #expect(message(encoded.data, encoded.digest).contains("update the manager"))
        let text = Data("[1, 2]".utf8)
        #expect(message(text, ContentDigest(of: text)).contains("can't be read"))
    }

    @Test("A wheelhouse names files only")
    func wheelhouse() throws {
        func manifest(_ name: String) -> WheelManifest {
            WheelManifest(
                python: "3.11",
                platform: "linux-x86_64",
                wheels: [.init(name: name, size: 1, sha256: Self.digest)]
            )
        }
        let good = try manifest("six-1.17.0-py2.py3-none-any.whl").encoded()
        #expect(try WheelManifest(verifying: good.data, digest: good.digest).wheels.count == 1)
        for name in ["../six.whl", "a/six.whl", "/six.whl", ""] {
            let bad = try manifest(name).encoded()
            #expect(throws: ArtifactError.self) { try WheelManifest(verifying: bad.data, digest: bad.digest) }
        }
    }

    @Test("A link stays inside when its target does, from where the link is")
    func links() {
        #expect(RelativePath.staysInside(link: "a/b/link", target: "../../c"))
        #expect(RelativePath.staysInside(link: "link", target: "a/./b"))
        #expect(!RelativePath.staysInside(link: "link", target: ".."))
        #expect(!RelativePath.staysInside(link: "a/link", target: "../../x"))
        #expect(!RelativePath.staysInside(link: "a/link", target: "b/../../../x"))
        #expect(!RelativePath.staysInside(link: "a/link", target: "/etc"))
        #expect(!RelativePath.staysInside(link: "a/link", target: ""))
    }
}
