import API
import Core
import Foundation
import TestSupport
import Testing

@Suite struct WatchTests {
    @Test("a stream begins with what is wanted, shows that it lives, and ends with the controller")
    func lifecycle() async throws {
        try await withFixture { fixture in
            let controller = try await TestController.start(fixture)
            let node = try await controller.join("a")
            var events = try await node.client.events(.watch, ["a"]).makeAsyncIterator()
            let first = try #require(try await events.next())
            #expect(first.event == "desired")
            let document = try first.decode(DesiredDocument.self)
            #expect(document.node == "a")
            #expect(first.id == "\(document.order.boot)-\(document.order.sequence)")
            #expect(SchemaChecker.shared?.flaws(inEvent: Data(first.data.utf8), schema: "Desired") == [])
            let second = try #require(try await events.next())
            #expect(second.event.isEmpty)
            let clock = ContinuousClock()
            let began = clock.now
            try await controller.stop()
            #expect(clock.now - began < .seconds(4))
            while try await events.next() != nil {}
        }
    }

    @Test("documents rise, over streams, reports and restarts")
    func order() async throws {
        try await withFixture { fixture in
            let controller = try await TestController.start(fixture)
            let node = try await controller.join("a")
            let (one, two) = (try await node.report(), try await node.report())
            #expect(one.order < two.order)
            try await controller.stop()
            let next = try await TestController.start(fixture)
            let client = TestClient(url: next.url, bearer: node.client.bearer)
            let three = try await client.send(.report, "a", body: node.nextReport()).decode(DesiredDocument.self)
            #expect(two.order < three.order)
            #expect(three.order.boot > two.order.boot)
        }
    }

    @Test("hundreds of streams are open at once, and are forgotten when their readers have gone")
    func many() async throws {
        try await withFixture { fixture in
            let controller = try await TestController.start(fixture)
            let node = try await controller.join("a")
            let client = try controller.operator
            func streams() async throws -> Int? {
                let text = String(decoding: try await client.send(.metrics).body, as: UTF8.self)
                return text.firstMatch(of: /fedops_streams_count (\d+)/).flatMap { Int($0.1) }
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<300 {
                    group.addTask {
                        let events = try await node.client.events(.watch, ["a"])
                        for try await event in events where event.event == "desired" {
                            #expect(try event.decode(DesiredDocument.self).node == "a")
                        }
                    }
                }
                try await eventually("all of them are open") { try await streams() == 300 }
                #expect(try await node.client.send(.report, "a", body: node.nextReport()).status == 200)
                group.cancelAll()
            }
            try await eventually("they are forgotten") { try await streams() == 0 }
        }
    }
}
