import API
import Core
import Foundation
import TestSupport
import Testing

@Suite struct LogTests {
    private func line(_ sequence: Int, _ text: String, stage: String = "train") -> LogLine {
        LogLine(sequence: sequence, at: Instant(Date()), task: "digits", node: "a", stage: stage, epoch: 1, text: text)
    }

    @Test("lines are kept once, listed by what is asked for, and followed")
    func logs() async throws {
        try await withFixture { fixture in
            let controller = try await TestController.start(fixture)
            let client = try controller.operator
            _ = try await client.send(
                .addTask,
                body: TaskRequest(name: "digits", source: SourceSpec(url: "file://\(fixture.folder.path)/none"))
            )
            let node = try await controller.join("a")
            let batch = LogBatch(lines: [line(1, "one"), line(2, "two", stage: "data")], boot: 1)
            #expect(try await node.client.send(.sendLogs, "a", body: batch).status == 204)
            #expect(try await node.client.send(.sendLogs, "a", body: batch).status == 204)
            #expect(try await client.list(LogView.self, .taskLogs, "digits").map(\.text) == ["one", "two"])
            let data = try await client.send(.taskLogs, "digits", query: "?stage=data&node=a&epoch=1")
            #expect(try data.decode(Listing<LogView>.self).items.map(\.text) == ["two"])
            #expect(try await client.send(.taskLogs, "digits", query: "?limit=none").status == 400)

            var events = try await client.events(.taskLogs, ["digits"], query: "?follow=true").makeAsyncIterator()
            var texts: [String] = []
            var last: String?
            while texts.count < 3, let event = try await events.next() {
                guard event.event == "line" else { continue }
                texts.append(try event.decode(LogView.self).text)
                last = event.id
                if texts.count == 2 {
                    _ = try await node.client.send(.sendLogs, "a", body: LogBatch(lines: [line(3, "three")], boot: 1))
                }
            }
            #expect(texts == ["one", "two", "three"])
            _ = try await node.client.send(.sendLogs, "a", body: LogBatch(lines: [line(1, "four")], boot: 2))
            var resumed = try await client.events(
                .taskLogs,
                ["digits"],
                query: "?follow=true",
                headers: [("Last-Event-ID", try #require(last))]
            ).makeAsyncIterator()
            let next = try #require(try await resumed.next())
            #expect(try next.decode(LogView.self).text == "four")
            #expect(try await client.send(.removeTask, "digits").status == 204)
            while try await resumed.next() != nil {}
        }
    }
}
