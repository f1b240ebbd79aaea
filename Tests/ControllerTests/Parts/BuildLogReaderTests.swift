import API
import Foundation
import TestSupport
import Testing

@testable import Controller

@Suite struct BuildLogReaderTests {
    @Test("a log is read while it grows; half a line waits for its end")
    func growing() async throws {
        try await withFixture { fixture in
            let reader = BuildLogReader(fixture.url("1.log"))
            var cursor = BuildLogReader.Cursor(skipping: 0)
            #expect(try reader.read(&cursor).isEmpty)
            let place = try fixture.write("one\ntw", to: "1.log")
            #expect(try reader.read(&cursor).map(\.text) == ["one"])
            #expect(try reader.read(&cursor).isEmpty)
            let handle = try FileHandle(forWritingTo: place)
            try handle.seekToEnd()
            try handle.write(contentsOf: Data("o\n\nlast".utf8))
            try handle.close()
            let more = try reader.read(&cursor)
            #expect(more.map(\.text) == ["two", ""])
            #expect(more.map(\.number) == [2, 3])
            #expect(cursor.rest().map(\.text) == ["last"])
            #expect(cursor.rest().isEmpty)
        }
    }

    @Test("a reader that has the first lines gets the others, however long the log is")
    func skipping() async throws {
        try await withFixture { fixture in
            let lines = (1...50_000).map { "line \($0) of a long log" }
            let reader = BuildLogReader(try fixture.write(lines.joined(separator: "\n") + "\n", to: "1.log"))
            var cursor = BuildLogReader.Cursor(skipping: 49_998)
            #expect(try reader.read(&cursor).map(\.number) == [49_999, 50_000])
            var whole = BuildLogReader.Cursor(skipping: 0)
            var count = 0
            while case let piece = try reader.read(&whole), !piece.isEmpty { count += piece.count }
            #expect(count == 50_000)
        }
    }
}
