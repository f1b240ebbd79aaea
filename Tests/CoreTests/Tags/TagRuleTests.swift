import Core
import Testing

@Suite struct TagRuleTests {
    /// The example of semver.org, rule 11, and some around it; each is lower than the next.
    static let ascending = [
        "0.0.1", "0.9.0", "1.0.0-0", "1.0.0-2", "1.0.0-11", "1.0.0-18446744073709551616", "1.0.0--", "1.0.0-alpha",
        "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0",
        "1.0.1", "1.2.0", "1.10.0", "2.0.0-x-y-z.--", "2.0.0", "2.1.0", "2.1.1", "10.0.0",
    ]

    @Test("precedence is that of semver.org")
    func precedence() throws {
        let versions = try Self.ascending.map { try #require(Version(tag: $0), "\($0)") }
        for (i, low) in versions.enumerated() {
            #expect(!(low < low))
            for high in versions[(i + 1)...] {
                #expect(low < high)
                #expect(!(high < low))
            }
        }
        #expect(Version(tag: "1.0.0+a") == Version(tag: "v1.0.0+b.001"))
    }

    @Test(
        "what is no version",
        arguments: [
            "", "v", "1", "20241123", "1.2.3.4", "01.2.3", "1.02.3", "1.2.3-", "1.2.3-a..b", "1.2.3-01", "1.2.3+",
            "1.2.3-é", "-1.2.3", "1.x", "latest", "99999999999999999999.0.0", "vv1.0.0", " 1.0.0",
        ]
    )
    func noVersion(_ text: String) {
        #expect(Version(tag: text) == nil)
    }

    @Test(
        "ranges take what they say",
        arguments: [
            (">=1.2 <2", ["1.2.0", "v1.9.9", "1.2"], ["1.1.9", "2.0.0", "2.0.0-rc.1", "1.3.0-rc.1", "latest"]),
            (">=1.2, <2", ["1.2.0"], ["2.0.0"]),
            ("> 1.2", ["1.3.0", "2.0.0"], ["1.2.0", "1.2.9"]),
            (">1.2.3", ["1.2.4"], ["1.2.3", "1.2.3-rc.1"]),
            ("<=1.2", ["1.2.9", "0.1.0"], ["1.3.0", "1.3.0-rc.1"]),
            ("<=1.2.3", ["1.2.3"], ["1.2.4"]),
            ("<1.2", ["1.1.9"], ["1.2.0", "1.2.0-rc.1"]),
            ("=1.2.3", ["1.2.3", "v1.2.3", "1.2.3+build"], ["1.2.4", "1.2.3-rc.1"]),
            ("=1.2", ["1.2.0", "1.2.7"], ["1.3.0"]),
            ("^1.4", ["1.4.0", "1.99.0"], ["1.3.9", "2.0.0", "2.0.0-alpha"]),
            ("^0.2.3", ["0.2.3", "0.2.9"], ["0.3.0", "0.2.2"]),
            ("^0.0.3", ["0.0.3"], ["0.0.4"]),
            ("^0.0", ["0.0.9"], ["0.1.0"]),
            ("^0", ["0.9.0"], ["1.0.0"]),
            ("~1.2.3", ["1.2.3", "1.2.9"], ["1.3.0", "1.2.2"]),
            ("~1.2", ["1.2.0"], ["1.3.0"]),
            ("~1", ["1.0.0", "1.9.0"], ["2.0.0"]),
            ("1.x", ["1.0.0", "v1.9.1"], ["2.0.0", "0.9.0", "1.0.0-rc.1"]),
            ("1.2.x", ["1.2.9"], ["1.3.0"]),
            ("v1.x", ["v1.0.0"], ["v2.0.0"]),
            ("1.2 - 1.4", ["1.2.0", "1.4.9"], ["1.5.0", "1.1.0"]),
            ("1.2.0 - 1.4.0", ["1.4.0"], ["1.4.1"]),
            ("^1.4 || ^3", ["1.4.0", "3.2.0"], ["2.0.0", "4.0.0"]),
            (">=2.0.0-rc.1", ["2.0.0-rc.1", "2.0.0-rc.2", "2.0.0", "2.1.0-beta"], ["2.0.0-beta", "1.9.0"]),
            (">=1.0.0-0 <2", ["1.0.0-alpha", "1.5.0-rc.1", "1.5.0"], ["2.0.0-alpha", "2.0.0"]),
            ("^1.0.0-rc.1 || ^3", ["1.0.0-rc.2", "3.0.0"], ["3.1.0-rc.1"]),
            (">=0-0", ["0.0.1-a", "7.0.0-b"], ["x"]),
        ] as [(String, [String], [String])]
    )
    func ranges(_ text: String, _ taken: [String], _ left: [String]) throws {
        let rule = try TagRule(text)
        for name in taken { #expect(rule.matches(name), "\(text) takes \(name)") }
        for name in left { #expect(!rule.matches(name), "\(text) leaves \(name)") }
    }

    @Test(
        "globs are over whole names",
        arguments: [
            ("*", ["v1", "release/2024", "é"], []),
            ("v*", ["v1.0.0", "v"], ["1.0.0", "xv1"]),
            ("release-?", ["release-1", "release-é"], ["release-", "release-12"]),
            ("v[12].*", ["v1.0", "v2.x"], ["v3.0", "v1"]),
            ("v[a-c]", ["va", "vc"], ["vd", "v-"]),
            ("v[!0-9]", ["vx"], ["v1"]),
            ("v[^0-9]", ["vx"], ["v1"]),
            ("[]x]", ["]", "x"], ["y"]),
            ("v[a-]", ["va", "v-"], ["vb"]),
            ("*-rc*", ["v1-rc1", "-rc"], ["v1"]),
            ("1.2.3", ["1.2.3"], ["v1.2.3", "1.2.4"]),
            ("v1.2.3", ["v1.2.3"], ["1.2.3"]),
        ] as [(String, [String], [String])]
    )
    func globs(_ text: String, _ taken: [String], _ left: [String]) throws {
        let rule = try TagRule(text)
        for name in taken { #expect(rule.matches(name), "\(text) takes \(name)") }
        for name in left { #expect(!rule.matches(name), "\(text) leaves \(name)") }
    }

    @Test(
        "the highest is chosen",
        arguments: [
            (">=1.2 <2", ["v1.2.0", "v1.10.0", "v1.9.0", "v2.0.0", "junk"], "v1.10.0"),
            ("*", ["v1.0.0", "zeta", "nightly-2024"], "v1.0.0"),
            ("v*", ["v1.9.0", "v1.10.0-rc.1", "v1.10.0"], "v1.10.0"),
            ("model-*", ["model-1.10.0-rc.1", "model-1.10.0", "model-1.9.0"], "model-1.10.0"),
            ("release-*", ["release-9", "release-10", "release-1"], "release-10"),
            ("*", ["b", "a"], "b"),
            ("*", ["1.0.0", "v1.0.0"], "v1.0.0"),
            ("*", [], nil),
            ("v*", ["x"], nil),
        ] as [(String, [String], String?)]
    )
    func highest(_ text: String, _ names: [String], _ expected: String?) throws {
        let rule = try TagRule(text)
        #expect(rule.select(from: names) == expected)
        #expect(rule.select(from: names.reversed()) == expected)
    }

    @Test(
        "a wrong rule is refused, and says what would be right",
        arguments: [
            ("", "tag rule \"\": it is empty; \"*\" takes every tag"),
            (">=one", "\"one\" is no version"),
            (">=1.2 <", "no version follows \"<\""),
            ("^1.2 ||", "nothing stands on one side of \"||\""),
            ("=>1.2", "\"=>\" is no operator; =, >, >=, <, <=, ^ and ~ are"),
            ("1.2 2.0 -", "\"-\" is no version"),
            (">=1.x.3", "\"1.x.3\" is no version"),
            ("v[12", "a \"[\" isn't closed"),
            ("v[2-1]", "the range 2-1 is the wrong way round"),
            ("a\\*", "can't be part of a tag's name"),
            ("a\u{1b}[31m", "it holds a control character"),
            (String(repeating: "a", count: 201), "longer than 200 characters"),
        ]
    )
    func refusals(_ text: String, _ message: String) {
        let error = #expect(throws: TagRuleError.self) { try TagRule(text) }
        #expect(error?.description.contains(message) == true, "\(String(describing: error))")
        #expect(error?.description.contains("\u{1b}") == false)
    }

    @Test("a hostile glob is no slower than its length times the name's", .timeLimit(.minutes(1)))
    func hostileGlob() throws {
        let rule = try TagRule(String(repeating: "*a", count: 100))
        #expect(!rule.matches(String(repeating: "a", count: 5000) + "b"))
    }
}
