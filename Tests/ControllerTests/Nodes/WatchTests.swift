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
            #expect(three.order.boot == two.order.boot + 1)
        }
    }

    @Test("hundreds of streams are open at once, and each gets its change")
    func many() async throws {
        try await withFixture { fixture in
            let controller = try await TestController.start(fixture)
            let node = try await controller.join("a")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<200 {
                    group.addTask {
                        var count = 0
                        for try await event in try await node.client.events(.watch, ["a"])
                        where event.event == "desired" {
                            count += 1
                            return
                        }
                    }
                }
                try await group.waitForAll()
            }
            try await eventually("streams whose readers have gone are forgotten") {
                let text = String(decoding: try await controller.operator.send(.metrics).body, as: UTF8.self)
                return text.contains("fedops_streams_count 0\n")
            }
        }
    }
}
