import Core
import Foundation
import Testing

/// Each file of `Mistakes` is wrong in its own way; `expected.txt` has all that is to be said of each.
@Suite struct FlowMistakeTests {
    static let folder = "Tests/CoreTests/Flow/Mistakes"

    static let expected: [String: [String]] = {
        var sections: [String: [String]] = [:]
        var name = ""
        for line in ((try? Repository.text("\(folder)/expected.txt")) ?? "").split(separator: "\n") {
            if line.hasPrefix("== ") {
                name = String(line.dropFirst(3))
                sections[name] = []
            } else {
                sections[name]?.append(String(line))
            }
        }
        return sections
    }()

    @Test("every mistake is reported at once, with its place", arguments: expected.keys.sorted())
    func mistakes(name: String) throws {
        let (flow, diagnostics) = Flow.parse(yaml: try Repository.text("\(Self.folder)/\(name)"), file: "f")
        #expect(flow == nil)
        #expect(diagnostics.map { String($0.description.dropFirst(2)) } == Self.expected[name])
    }

    @Test("every file has its expectation")
    func complete() throws {
        let names = try FileManager.default.contentsOfDirectory(
            atPath: Repository.root.appending(path: Self.folder).path
        )
        #expect(Set(names).subtracting(["expected.txt"]) == Set(Self.expected.keys))
        #expect(Self.expected.count > 40)
        #expect(Self.expected.values.allSatisfy { !$0.isEmpty })
    }

    private func messages(_ yaml: String) -> [String] {
        Flow.parse(yaml: yaml, file: "f").diagnostics.map(\.description)
    }

    static let sound = """
        task: digits
        stages:
          data: digits:load
          model: digits:make
          train: digits:fit
          evaluate: digits:score

        """

    @Test("a recipe that FedOps doesn't bring")
    func recipes() {
        let flow = Self.sound.replacingOccurrences(of: "digits:fit", with: "fedops:sklearn.fti")
        #expect(
            messages(flow) == [
                "f:5:10: error: stages.train: found fedops:sklearn.fti, but FedOps brings no such function; there are "
                    + "\(Recipe.allCases.map(\.rawValue).joined(separator: ", ")) (did you mean fedops:sklearn.fit?)"
            ]
        )
        #expect(messages(Self.sound.replacingOccurrences(of: "digits:fit", with: "fedops:sklearn.fit")).isEmpty)
    }

    @Test("bytes that no text has")
    func bytes() {
        #expect(messages("task: a\0b\n") == ["f:1:8: error: found a zero byte, text is allowed"])
        #expect(
            messages(Self.sound + "settings: {a: \u{7}}\n")
                == ["f:7:15: error: is not YAML: control characters are not allowed"]
        )
        let (flow, diagnostics) = Flow.parse(bytes: Array("task: é\nx: ".utf8) + [0xff, 0x41], file: "f")
        #expect(flow == nil)
        #expect(diagnostics.map(\.description) == ["f:2:4: error: found the byte 0xff, text in UTF-8 is allowed"])
        #expect(Flow.parse(bytes: Array(Self.sound.utf8), file: "f").flow?.task == "digits")
        #expect(Flow.parse(bytes: [0xef, 0xbb, 0xbf] + Array(Self.sound.utf8), file: "f").flow?.task == "digits")
    }

    @Test("files that are too large, too deep or too many")
    func limits() {
        let padding = String(repeating: "# padding\n", count: 30_000)
        #expect(messages(padding) == ["f:1:1: error: found a file of 300000 bytes, at most 262144 are allowed"])
        let deep = Self.sound + "settings: {a: " + String(repeating: "[", count: 70) + String(repeating: "]", count: 70)
        #expect(
            messages(deep + "}\n").map { $0.suffix(45) } == [
                "found more levels than the 64 that are allowed".suffix(45)
            ]
        )
        let open = Self.sound + "settings: " + String(repeating: "[", count: 100_000)
        #expect(messages(open) == ["f:7:12: error: found more levels than the 64 that are allowed"])
        let dashes = Self.sound + "build:\n" + String(repeating: "- ", count: 100_000)
        #expect(messages(dashes).count == 1)
        let long = Self.sound + "settings: {a: [" + String(repeating: "1,", count: 30_000) + "]}\n"
        #expect(messages(long).count == 1)
        let twice = Self.sound + "settings:\n" + String(repeating: "  a: 1\n", count: 100)
        #expect(!messages(twice).isEmpty)
    }

    @Test("an alias bomb is refused at once, wherever it goes off", .timeLimit(.minutes(1)))
    func bombs() {
        var bomb = "x: &a0 [x, x]\n"
        for level in 1...24 { bomb += "x\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
        #expect(!messages(bomb).isEmpty)
        #expect(!messages(bomb + "? *a24\n: 1\n").isEmpty)
        #expect(!messages(bomb + "*a24 : 1\n").isEmpty)
        #expect(!messages(bomb + "[*a24]: 1\n").isEmpty)
        #expect(!messages(bomb + "{x: *a24}: 1\n").isEmpty)
        #expect(!messages(bomb + "y: [ ? *a24 : 1 ]\n").isEmpty)
        #expect(!messages(bomb + "y: {*a24: 1}\n").isEmpty)
    }

    @Test("no prefix of a flow and no single changed byte crashes the parser")
    func fuzz() throws {
        let yaml = try Repository.blocks(of: "yaml", in: "docs/reference/flow.md").joined(separator: "---\n")
        let bytes = Array(yaml.utf8)
        for count in stride(from: 0, to: bytes.count, by: 7) {
            let (flow, diagnostics) = Flow.parse(bytes: bytes.prefix(count), file: "f")
            #expect((flow == nil) == diagnostics.contains { $0.severity == .error })
        }
        var random = SplitMix(seed: 7)
        let alphabet = Array("[]{}:,-?*&!|>'\"%@`#\t\n\r 0$~".utf8) + [0, 0x80, 0xff]
        for _ in 0..<600 {
            var changed = bytes
            for _ in 0..<3 {
                let index = Int.random(in: 0..<changed.count, using: &random)
                changed[index] = alphabet.randomElement(using: &random) ?? 0
            }
            let (flow, diagnostics) = Flow.parse(bytes: changed, file: "f")
            #expect((flow == nil) == diagnostics.contains { $0.severity == .error })
        }
    }
}
