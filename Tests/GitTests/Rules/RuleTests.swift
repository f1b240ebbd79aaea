import Foundation
import Testing

@testable import Git

/// Names, targets of links and texts, decided without any repository.
@Suite struct RuleTests {
    @Test(arguments: [
        ".", "..", "/etc", "a/b", "..\\x", ".git", ".GIT", ".Git", "git~1", "GIT~1", ".git.", ".git ", ".git . .",
        ".git::$INDEX_ALLOCATION", ".g\u{200c}it", "\u{feff}.git", ".gi\u{202e}t", "a\nb", "a\u{1b}[2J", "\u{85}",
        String(repeating: "x", count: 256),
    ])
    func refusesNames(name: String) {
        #expect(throws: EntryName.Broken.self) { try EntryName.check(Array(name.utf8)).get() }
    }

    @Test func refusesNamesThatAreNotText() {
        #expect(throws: EntryName.Broken.self) { try EntryName.check([0x61, 0xff]).get() }
    }

    @Test(arguments: [
        "a", "...", ".github", ".gitignore", ".gitmodules", "git", "git~2", "x.git", ".git2", "ä ☃", "-rf", "~", "a:b",
    ])
    func takesNames(name: String) throws {
        #expect(try EntryName.check(Array(name.utf8)).get() == name)
    }

    @Test(arguments: [
        ("link", "/etc/passwd"), ("link", "../x"), ("a/link", "../../x"), ("a/link", "../b/../../x"), ("link", "a/.."),
        ("link", ""), ("link", "a\0b"), ("link", "..\\x"), ("a/link", "./.././../x"),
    ])
    func refusesLinks(path: String, target: String) {
        #expect(LinkTarget.problem(Array(target.utf8), at: path) != nil)
    }

    @Test(arguments: [
        ("link", "a"), ("link", "a/b"), ("a/link", "../b"), ("a/b/link", "../../c/d"), ("link", "."), ("a/l", "./../b"),
    ])
    func takesLinks(path: String, target: String) {
        #expect(LinkTarget.problem(Array(target.utf8), at: path) == nil)
    }

    @Test(arguments: [
        ("see https://me:secret@host/p now", "see https://host/p now"),
        ("ssh://git@host:22/p and http://u:p@q@host", "ssh://host:22/p and http://host"),
        ("https://host/a@b", "https://host/a@b"), ("nothing", "nothing"), ("://", "://"),
        ("'https://u:p@host'", "'https://host'"),
    ])
    func takesUserInformationOutOfURLs(text: String, expected: String) {
        #expect(Redaction.withoutUserInformation(text) == expected)
        #expect(GitError(.invalid, text).message == expected)
    }

    @Test func takesSecretsAndControlCharactersOut() {
        #expect(Redaction.without(["hunter22"], in: "said hunter22 twice: hunter22") == "said [secret] twice: [secret]")
        #expect(Redaction.printable("a\u{1b}[2Jb\nc") == "a [2Jb c")
    }

    @Test(
        arguments: [
            ("https://host/p.git", "https://host/p.git", nil), ("https://me@host:8443/p", "https://host:8443/p", "me"),
            ("ssh://git@host/p", "ssh://host/p", "git"), ("git@host:group/p.git", "git@host:group/p.git", "git"),
            ("file:///srv/p.git", "file:///srv/p.git", nil), ("http://a%40b@host/p", "http://host/p", "a@b"),
        ] as [(String, String, String?)]
    )
    func readsURLs(url: String, text: String, user: String?) throws {
        let read = try RemoteURL(url, allowFile: true)
        #expect(read.text == text)
        #expect(read.user == user)
    }
}
