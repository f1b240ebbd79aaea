import API
import Foundation
import Testing

@testable import Commands
@testable import Core

@Suite struct EncodedTests {
    private var verdict: GateVerdict {
        GateVerdict(
            task: "digits",
            open: false,
            commit: nil,
            digest: nil,
            clients: [],
            server: nil,
            excluded: [],
            reasons: [
                GateReason(
                    node: "site-1",
                    reports: "nothing",
                    wants: "a revision",
                    since: Instant(milliseconds: 1_760_000_000_000),
                    why: Hostile.text
                )
            ]
        )
    }

    @Test("the gate's JSON has the fields that scripts rely on, null where nothing is known")
    func gate() throws {
        let text = try Encoded.json(GateAnswer(verdict))
        guard case .object(let gate) = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)) else {
            Issue.record("no object")
            return
        }
        #expect(Set(gate.keys).isSuperset(of: ["task", "open", "commit", "reasons"]))
        #expect(gate["commit"] == .null)
        #expect(gate["open"] == .bool(false))
        guard case .object(let reason)? = gate["reasons"]?["0"] else {
            Issue.record("no reason")
            return
        }
        #expect(Set(reason.keys) == ["node", "reports", "wants", "since", "why"])
        #expect(reason["since"] == .string("2025-10-09T08:53:20.000Z"))
        #expect(reason["why"] == .string(Hostile.text))
    }

    @Test("control characters are escaped, in JSON and in YAML, and mean the same afterwards")
    func escapes() throws {
        for text in [
            try Encoded.json(["x": Hostile.text]), try Encoded.jsonLine(["x": Hostile.text]),
            try Encoded.yaml(["x": Hostile.text]),
        ] {
            #expect(!Hostile.reaches(text), "\(text)")
        }
        let json = try Encoded.json(["x": Hostile.text, "y": "\u{E0001}tag"])
        let back = try JSONDecoder().decode([String: String].self, from: Data(json.utf8))
        #expect(back == ["x": Hostile.text, "y": "\u{E0001}tag"])
    }

    @Test("YAML reads back as what was written")
    func yaml() throws {
        let value = JSONValue.object([
            "text": .string("plain"), "yes": .string("yes"), "number": .string("1.5"), "empty": .string(""),
            "colon": .string("a: b"), "dash": .string("- x"), "path": .string("docs/x.md"), "null": .null,
            "int": .int(-3), "double": .double(0.25), "bool": .bool(true),
            "list": .array([.int(1), .object(["a": .int(2), "b": .array([.string("c")])]), .array([.int(3)])]),
            "nothing": .array([]), "none": .object([:]), "control": .string(Hostile.text), "true": .string("x"),
        ])
        let text = try Encoded.yaml(value)
        // The parser of flows reads YAML into the same values; it is the one reader of YAML that we have.
        let flow =
            "task: digits\nstages: {data: a:b, model: a:b, train: a:b, evaluate: a:b}\nsettings:\n"
            + text.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n") + "\n"
        let (parsed, diagnostics) = Flow.parse(yaml: flow, file: "f")
        #expect(diagnostics.isEmpty, "\(diagnostics)\n\(text)")
        #expect(parsed.map { JSONValue.object($0.settings) } == value)
    }

    @Test("YAML is in block style, keys in order")
    func block() throws {
        let listing = Listing([TokenRequest(role: .client, labels: ["site": "north"])])
        #expect(
            try Encoded.yaml(listing) == """
                items:
                - labels:
                    site: north
                  role: client
                  ttl: 3600
                """
        )
    }
}
