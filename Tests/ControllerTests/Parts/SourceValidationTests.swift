import Core
import Foundation
import Testing

@testable import Controller

@Suite struct SourceValidationTests {
    private func mistakes(_ url: String, allowFile: Bool = false, branch: String = "main") -> [String] {
        SourceValidation.mistakes(name: "a", SourceSpec(url: url, branch: branch), allowFile: allowFile)
    }

    @Test(
        "remotes that may be polled",
        arguments: [
            "https://example.org/a.git", "http://127.0.0.1:8080/a", "ssh://git@example.org:22/a.git",
            "git@example.org:team/a.git",
        ]
    )
    func sound(url: String) {
        #expect(mistakes(url).isEmpty)
    }

    @Test(
        "remotes that may not",
        arguments: [
            "", "example.org/a", "ftp://example.org/a", "ext::sh -c id", "https://", "https://-o/a",
            "https://token@example.org/a", "https://user:password@example.org/a", "ssh://user:password@example.org/a",
            "-oProxyCommand=id@example.org:a", "git@-oProxyCommand=id:a", "https://example.org/a b",
            "https://example.org/\u{0}", "/srv/a.git", "file:///srv/a.git", "file://host/a",
        ]
    )
    func refused(url: String) {
        let found = mistakes(url)
        #expect(found.count == 1)
        #expect(
            found.allSatisfy { $0.hasPrefix("source.url: ") && !$0.contains("password@") && !$0.contains("token@") }
        )
    }

    @Test("folders of this machine, where the operator lets them be remotes")
    func files() {
        #expect(mistakes("/srv/a.git", allowFile: true).isEmpty)
        #expect(mistakes("file:///srv/a.git", allowFile: true).isEmpty)
        #expect(!mistakes("file://host/a", allowFile: true).isEmpty)
    }

    @Test("branches", arguments: ["main", "release/1.x", "käse", "a-b_c"])
    func branches(name: String) {
        #expect(mistakes("https://example.org/a", branch: name).isEmpty)
    }

    @Test(
        "what is no branch",
        arguments: ["", "-x", "a..b", "a b", "a/", "/a", "a.lock", "a//b", ".a", "a@{1}", "a~1", "a:b", "@", "a\n"]
    )
    func notBranches(name: String) {
        #expect(mistakes("https://example.org/a", branch: name).count == 1)
    }

    @Test("a source says no more than its URL; the rest has defaults")
    func defaults() throws {
        let spec = try JSONDecoder().decode(SourceSpec.self, from: Data(#"{"url":"https://example.org/a"}"#.utf8))
        #expect(spec == SourceSpec(url: "https://example.org/a"))
    }
}
