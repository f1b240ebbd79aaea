import Testing

@testable import Commands

@Suite struct TableTests {
    private func table() -> Table {
        var table = Table("NAME", "SIZE#", "MESSAGE*", empty: "nothing")
        table.add(.init("a"), .init("1"), .init("short"))
        table.add(.init("longer"), .init("1000"), .init("a message that is rather long for a narrow terminal"))
        return table
    }

    @Test("columns are as wide as their widest, numbers to the right, and no line ends in spaces")
    func alignment() {
        #expect(
            table().lines(Recorder().console()) == [
                "NAME     SIZE   MESSAGE",
                "a           1   short",
                "longer   1000   a message that is rather long for a narrow terminal",
            ]
        )
    }

    @Test("a terminal's width is kept, at the cost of the flexible column first", arguments: [24, 30, 40, 60, 200])
    func narrow(width: Int) {
        let lines = table().lines(Recorder().console(isTerminal: true, width: width))
        #expect(lines.allSatisfy { DisplayWidth.of($0) <= width })
        #expect(lines[2].contains("longer   1000"))
        #expect(lines[2].hasSuffix("…") == (width < 68))
    }

    @Test("colours are counted for nothing, and are there only where the console has them")
    func colours() {
        var table = Table("A", "B", empty: "")
        table.add(.init("x", .good), .init("y"))
        #expect(table.lines(Recorder().console()) == ["A   B", "x   y"])
        let coloured = table.lines(Recorder().console(isTerminal: true, width: 80, hasColour: true))
        #expect(coloured[1] == "\u{1b}[32mx\u{1b}[0m   y")
    }

    @Test("cells are safe")
    func safe() {
        var table = Table("A", empty: "")
        table.add(.init(Hostile.text))
        #expect(table.lines(Recorder().console()).allSatisfy { !Hostile.reaches($0) })
    }

    @Test("an empty last cell leaves no spaces")
    func trailing() {
        var table = Table("A", "B", empty: "")
        table.add(.init("x"), .init(""))
        #expect(table.lines(Recorder().console()) == ["A   B", "x"])
    }

    @Test("a table without rows says why")
    func empty() {
        #expect(Table("A", empty: "no nodes").lines(Recorder().console()) == ["no nodes"])
    }

    @Test(
        "ages are kubectl's",
        arguments: [
            (0, "0s"), (119, "119s"), (120, "2m"), (200, "3m20s"), (599, "9m59s"), (600, "10m"), (10_799, "179m"),
            (10_800, "3h"), (18_720, "5h12m"), (28_800, "8h"), (172_799, "47h"), (172_800, "2d"), (273_600, "3d4h"),
            (691_200, "8d"), (63_072_000, "2y"), (65_000_000, "2y22d"), (-5, "0s"),
        ] as [(Double, String)]
    )
    func ages(seconds: Double, text: String) {
        #expect(Measures.duration(seconds) == text)
    }

    @Test("sizes have the unit that leaves few digits")
    func sizes() {
        #expect(
            [0, 1023, 1024, 1_572_864, 1 << 40].map { Measures.bytes($0) } == [
                "0 B", "1023 B", "1.0 KiB", "1.5 MiB", "1.0 TiB",
            ]
        )
        #expect(Measures.bytes(nil) == "-")
    }
}
