import Artifacts
import Foundation
import TestSupport
import Testing

@Suite("Files of requirements")
struct RequirementsTests {
    private func message(_ fixture: Fixture, _ text: String) -> String {
        do {
            _ = try Requirements(try fixture.write(text, to: "requirements.txt"))
            return ""
        } catch { return "\(error)" }
    }

    @Test("The fingerprint covers the files that are included")
    func includes() async throws {
        try await withFixture { fixture in
            let file = try fixture.write("-r more/base.txt\n-c pins.txt\nsix\n", to: "requirements.txt")
            try fixture.write("--requirement=deep.txt # a comment\nnumpy \\\n  >=1\n", to: "more/base.txt")
            try fixture.write("scipy\n", to: "more/deep.txt")
            try fixture.write("six==1.16.0\n", to: "pins.txt")
            let one = try Requirements(file).fingerprint
            #expect(try Requirements(file).fingerprint == one)
            try fixture.write("scipy==1\n", to: "more/deep.txt")
            let two = try Requirements(file).fingerprint
            try fixture.write("six==1.17.0\n", to: "pins.txt")
            let three = try Requirements(file).fingerprint
            #expect(Set([one, two, three]).count == 3)
            #expect(try !Requirements(file).isEmpty)
            let blank = try fixture.write("# nothing yet\n\n", to: "blank.txt")
            #expect(try Requirements(blank).isEmpty)
        }
    }

    @Test("What no index has is refused, by file and line")
    func refuses() async throws {
        try await withFixture { fixture in
            #expect(message(fixture, "six\n\n-e .\n").hasPrefix("requirements.txt:3: \"-e .\" is a local path"))
            #expect(message(fixture, "./local\n").hasPrefix("requirements.txt:1:"))
            #expect(message(fixture, "a @ file:///srv/a.whl\n").contains("local path"))
            #expect(message(fixture, "-f https://x.example/\n").contains("PIP_FIND_LINKS"))
            #expect(message(fixture, "-r ../other.txt\n").contains("outside of the folder"))
            #expect(message(fixture, "-r /etc/passwd\n").contains("outside of the folder"))
            #expect(message(fixture, "-r absent.txt\n").hasPrefix("absent.txt is not there"))
            #expect(message(fixture, "-r requirements.txt\nsix==1.16.0 ; python_version > '3' # pinned\n") == "")
        }
    }
}
