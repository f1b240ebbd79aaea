import Testing

@testable import ControllerClient

@Suite struct ServerSentEventTests {
    /// In pieces of every size, since a network may cut anywhere.
    private func parse(_ text: String, pieces size: Int) throws -> [ServerSentEvent] {
        var parser = ServerSentEventParser()
        let bytes = Array(text.utf8)
        return try stride(from: 0, to: bytes.count, by: size).flatMap { start in
            try parser.take(bytes[start..<min(start + size, bytes.count)])
        }
    }

    @Test("events are the same however the stream is cut", arguments: [1, 2, 3, 7, 1000])
    func pieces(size: Int) throws {
        let text =
            "\u{feff}: hello\n\nevent: desired\r\nid: 7\r\ndata: {\"a\":\r\ndata: 1}\r\n\r\ndata\rdata:x\r\rretry: 5\n\n"
        let events = try parse(text, pieces: size)
        #expect(
            events == [
                ServerSentEvent(name: "desired", id: "7", data: "{\"a\":\n1}"),
                ServerSentEvent(name: "message", id: "7", data: "\nx"),
            ]
        )
    }

    @Test("an event that the end of the stream cut off is none")
    func unfinished() throws {
        #expect(try parse("data: whole\n\ndata: half", pieces: 4).map(\.data) == ["whole"])
    }

    @Test("letters of several bytes survive being cut in two")
    func unicode() throws {
        #expect(try parse("data: grüße ☀️\n\n", pieces: 1).map(\.data) == ["grüße ☀️"])
    }

    @Test("an endless line is refused before it fills the memory")
    func bounded() throws {
        var parser = ServerSentEventParser(limit: 1000)
        #expect(throws: ServerSentEventParser.TooLong.self) {
            for _ in 0..<100 { _ = try parser.take(Array(repeating: UInt8(ascii: "x"), count: 100)) }
        }
    }
}
