import Testing

@testable import Controller

@Suite struct ByteRangeTests {
    @Test(
        "ranges of a file of ten bytes",
        arguments: [
            ("bytes=0-", 0...9), ("bytes=3-5", 3...5), ("bytes=3-99", 3...9), ("bytes=-4", 6...9), ("bytes=-99", 0...9),
            ("bytes=9-9", 9...9),
        ]
    )
    func satisfiable(header: String, bytes: ClosedRange<Int>) {
        #expect(ByteRange(header)?.resolved(10) == bytes)
    }

    @Test("ranges that a file has nothing of", arguments: ["bytes=10-", "bytes=10-20", "bytes=-0"])
    func unsatisfiable(header: String) throws {
        let range = try #require(ByteRange(header))
        #expect(range.resolved(10) == nil)
    }

    @Test(
        "what is no single range is passed over",
        arguments: [
            "", "bytes", "bytes=", "bytes=a-b", "bytes=5-3", "bytes=1-2,4-5", "lines=1-2", "bytes=--1", "bytes=-",
        ]
    )
    func ignored(header: String) {
        #expect(ByteRange(header) == nil)
    }
}
