import API
import Core
import Foundation
import Manager
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(3))) struct AwayTests {
    @Test("a node goes on while the controller is away, and learns what changed when it is back")
    func awayAndBack() async throws {
        try await withFixture { fixture in
            let controller = try await ScriptedController.start(fixture)
            let first = try TestRevision.commands(1)
            let second = try TestRevision.commands(2)
            first.publish(on: controller)
            second.publish(on: controller)
            controller.want("a", [first.desired])
            let node = try await TestNode.start("a", of: controller, fixture)
            try await controller.waitForReport("ready", of: "a") { $0.phase == .ready }
            await controller.leave()
            // The manager is started anew meanwhile: it runs what it ran, by what it has on disk.
            await node.drop()
            controller.state.withLock { $0.reports = [] }
            try node.start()
            controller.want("a", [second.desired])
            try await controller.arrive()
            try await controller.waitForReport("ready on the second", of: "a", within: .seconds(60)) {
                $0.phase == .ready && $0.commit == second.assignment.commit
            }
            #expect(controller.reports(of: "a").first?.tasks.first?.commit == first.assignment.commit)
        }
    }

    @Test("where streams are cut, heartbeats bring what changed")
    func withoutStreams() async throws {
        try await withFixture { fixture in
            let controller = try await ScriptedController.start(fixture)
            controller.state.withLock { $0.refusesWatch = true }
            _ = try await TestNode.start("a", of: controller, fixture)
            try await eventually("a report") { !controller.reports(of: "a").isEmpty }
            let revision = try TestRevision.commands(1)
            revision.publish(on: controller)
            controller.want("a", [revision.desired])
            try await controller.waitForReport("ready", of: "a") { $0.phase == .ready }
        }
    }

    @Test("a node on which nothing happens says so once a heartbeat, and no more often")
    func quietNode() async throws {
        try await withFixture { fixture in
            let controller = try await ScriptedController.start(fixture)
            controller.state.withLock { $0.heartbeat = 1 }
            let revision = try TestRevision.commands(1)
            revision.publish(on: controller)
            controller.want("a", [revision.desired])
            _ = try await TestNode.start("a", of: controller, fixture)
            try await controller.waitForReport("ready", of: "a") { $0.phase == .ready }
            let start = ContinuousClock.now
            let before = controller.reports(of: "a").count
            try await eventually("five reports more") { controller.reports(of: "a").count >= before + 5 }
            // The activation's last news may still be among them.
            #expect(ContinuousClock.now - start > .seconds(2))
        }
    }

    @Test("with a stream, a change arrives long before the next heartbeat")
    func withStreams() async throws {
        try await withFixture { fixture in
            let controller = try await ScriptedController.start(fixture)
            controller.state.withLock { $0.heartbeat = 60 }
            _ = try await TestNode.start("a", of: controller, fixture)
            try await eventually("a stream and a report") {
                controller.state.withLock { $0.watches == 1 && !$0.reports.isEmpty }
            }
            let revision = try TestRevision.commands(1)
            revision.publish(on: controller)
            controller.want("a", [revision.desired])
            try await controller.waitForReport("ready", of: "a", within: .seconds(20)) { $0.phase == .ready }
        }
    }

    @Test("lines wait while the controller is away, across a stop; what doesn't fit is dropped and counted")
    func logs() async throws {
        try await withFixture { fixture in
            let controller = try await ScriptedController.start(fixture)
            let first = try TestRevision.commands(1)
            // Only the first check talks: that of the next start would drop what is left of this one's lines.
            let chatty = try TestRevision.commands(
                2,
                check: "[ -e told ] || { i=0; while [ $i -lt 300 ]; do echo line $i; i=$((i+1)); done; touch told; }"
            )
            first.publish(on: controller)
            chatty.publish(on: controller)
            controller.want("a", [first.desired])
            let node = try await TestNode.start("a", of: controller, fixture) { $0.logLines = 50 }
            try await controller.waitForReport("ready", of: "a") { $0.phase == .ready }
            try await eventually("its lines") { controller.state.withLock { !$0.lines.isEmpty } }
            controller.state.withLock { $0.refusesLogs = true }
            controller.want("a", [chatty.desired])
            try await controller.waitForReport("ready on the second", of: "a") {
                $0.phase == .ready && $0.commit == chatty.assignment.commit
            }
            try await node.stop()
            controller.state.withLock { state in
                state.refusesLogs = false
                state.lines = []
            }
            try node.start()
            try await eventually("the newest line") {
                controller.state.withLock { state in state.lines.contains { $0.text == "line 299" } }
            }
            let lines = controller.state.withLock { $0.lines }
            let notice = try #require(lines.first { $0.text.contains("lines were dropped") })
            let dropped = try #require(Int(notice.text.prefix { $0.isNumber }))
            #expect(dropped > 200)
            let numbers = lines.compactMap { $0.text.hasPrefix("line ") ? Int($0.text.dropFirst(5)) : nil }
            #expect(numbers == Array((numbers.first ?? 0)...299))
        }
    }

    @Test("the controller's clock decides when a ticket's time is over, however wrong the node's is")
    func clock() async throws {
        try await withFixture { fixture in
            let controller = try await ScriptedController.start(fixture)
            // An hour ahead of this machine.
            controller.state.withLock { $0.clockAhead = 3600 }
            let revision = try TestRevision.training(1)
            revision.publish(on: controller)
            controller.want("server", [revision.desired])
            _ = try await TestNode.start("server", role: .server, of: controller, fixture)
            try await controller.waitForReport("ready", of: "server") { $0.phase == .ready }
            // By this machine's clock it has a minute; by the controller's it ended long ago.
            let ticket = TestTicket(1, on: revision, serverURL: "http://127.0.0.1:1", clients: ["a"], seconds: 60)
            controller.want("server", [ticket.desired(for: "server", revision)])
            let result: RoundResult = try await eventually("the result", within: .seconds(20)) {
                controller.state.withLock { $0.results.first }
            }
            guard case .failed = result.outcome else { throw WaitFailed(description: "\(result.outcome)") }
        }
    }
}
