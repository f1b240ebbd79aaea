import Testing

@testable import Commands

@Suite struct SafeTextTests {
    @Test("nothing that moves a cursor or changes a terminal is left")
    func hostile() {
        let safe = SafeText.line(Hostile.text)
        #expect(!Hostile.reaches(safe))
        #expect(!safe.contains("\n"))
        #expect(safe.hasPrefix("a\\x1b[31mred\\x1b]0;title\\x07\\x9b2J\\u{202e}b c d e\\x7ff"))
    }

    @Test("what people write stays as it is")
    func plain() {
        for text in ["accuracy 0.9", "München", "日本語", "👩‍🔬 done", "ok: \"x\" → y"] {
            #expect(SafeText.line(text) == text)
        }
    }

    @Test("the lines of a text stay lines")
    func lines() {
        #expect(SafeText.lines("a\r\nb\u{1b}\n\nc") == ["a", "b\\x1b", "", "c"])
    }

    @Test("widths are those of a terminal")
    func widths() {
        #expect(DisplayWidth.of("abc") == 3)
        #expect(DisplayWidth.of("日本") == 4)
        #expect(DisplayWidth.of("e\u{301}") == 1)
        #expect(DisplayWidth.of("👩‍🔬") == 2)
        #expect(DisplayWidth.cut("abcdef", to: 4) == "abc…")
        #expect(DisplayWidth.cut("日本語", to: 4) == "日…")
        #expect(DisplayWidth.cut("abc", to: 3) == "abc")
        #expect(DisplayWidth.cut("abc", to: 0) == "")
    }
}
