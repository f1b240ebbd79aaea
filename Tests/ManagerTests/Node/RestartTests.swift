import API
import Core
import Foundation
import Logging
import Manager
import Synchronization
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite(.timeLimit(.minutes(3))) struct RestartTests {
    @Test("after a restart the node runs what it ran, without a fetch, under a higher boot number")
    func restart() async throws {
        try await withFixture { fixture in
            let controller = try await ScriptedController.start(fixture)
            let revision = try TestRevision.commands(1)
            revision.publish(on: controller)
            controller.want("a", [revision.desired])
            let node = try await TestNode.start("a", of: controller, fixture)
            try await controller.waitForReport("ready", of: "a") { $0.phase == .ready }
            await node.drop()
            _ = controller.takeFetches()
            let before = try #require(controller.reports(of: "a").last?.order)
            try node.start()
            try await eventually("ready after the restart") {
                let report = controller.reports(of: "a").last
                return report?.order.boot == before.boot + 1 && report?.tasks.first?.phase == .ready
            }
            let after = controller.reports(of: "a").filter { $0.order.boot == before.boot + 1 }
            #expect(after.allSatisfy { $0.order.bootID != before.bootID })
            // Starting what was active is no failure of the revision.
            #expect(after.allSatisfy { $0.tasks.allSatisfy { $0.phase == .checking || $0.phase == .ready } })
            #expect(after.allSatisfy { $0.tasks.allSatisfy { $0.commit == revision.assignment.commit } })
            #expect(controller.takeFetches().isEmpty)
        }
    }

    @Test("reports arrive in order, each with a higher number, and heartbeats go on when nothing changes")
    func order() async throws {
        try await withFixture { fixture in
            let controller = try await ScriptedController.start(fixture)
            let revision = try TestRevision.commands(1)
            revision.publish(on: controller)
            let node = try await TestNode.start("a", of: controller, fixture)
            try await eventually("heartbeats") { controller.reports(of: "a").count > 5 }
            controller.want("a", [revision.desired])
            try await controller.waitForReport("ready", of: "a") { $0.phase == .ready }
            try await node.stop()
            try node.start()
            try await controller.waitForReport("ready", of: "a") { $0.phase == .ready }
            let orders = controller.reports(of: "a").map(\.order)
            #expect(orders == orders.sorted())
            #expect(Set(orders).count == orders.count)
            let host = try #require(controller.reports(of: "a").last?.host)
            #expect((host.cores ?? 0) > 0)
            #expect((host.memoryTotalBytes ?? 0) > (host.memoryBytes ?? 0))
            #expect((host.diskTotalBytes ?? 0) > (host.diskFreeBytes ?? 0))
        }
    }

    @Test("a manager that is told to stop says so last, and is gone within seconds")
    func stop() async throws {
        try await withFixture { fixture in
            let controller = try await ScriptedController.start(fixture)
            let revision = try TestRevision.python(1)
            revision.publish(on: controller)
            controller.want("a", [revision.desired])
            let node = try await TestNode.start("a", of: controller, fixture)
            let report = try await controller.waitForReport("ready", of: "a", within: .seconds(90)) {
                $0.phase == .ready && $0.worker?.pid != nil
            }
            let pid = try #require(report.worker?.pid)
            let started = ContinuousClock.now
            try await node.stop()
            #expect(ContinuousClock.now - started < .seconds(10))
            #expect(kill(pid_t(pid), 0) != 0, "the worker is still there")
            let last = try #require(controller.latest("a"))
            #expect(last.message?.contains("stopped") == true)
            #expect(last.phase == .checking)
        }
    }

    @Test("a worker that is killed is started again, and counted; the node is degraded meanwhile")
    func workerCrash() async throws {
        try await withFixture { fixture in
            let controller = try await ScriptedController.start(fixture)
            let revision = try TestRevision.python(1)
            revision.publish(on: controller)
            controller.want("a", [revision.desired])
            _ = try await TestNode.start("a", of: controller, fixture)
            var report = try await controller.waitForReport("ready", of: "a", within: .seconds(90)) {
                $0.phase == .ready && $0.worker?.pid != nil
            }
            #expect((report.worker?.memoryBytes ?? 0) > 1 << 20)
            for restarts in 1...2 {
                let pid = try #require(report.worker?.pid)
                kill(pid_t(pid), SIGKILL)
                let killed = ContinuousClock.now
                try await controller.waitForReport("degraded", of: "a") { $0.phase == .degraded && $0.message != nil }
                report = try await controller.waitForReport("ready again", of: "a") {
                    $0.phase == .ready && $0.worker?.restarts == restarts && $0.worker?.pid != nil
                }
                #expect(report.worker?.pid != pid)
                // Each wait is twice as long as the one before: 1 s, 2 s.
                #expect(ContinuousClock.now - killed > .seconds(restarts))
            }
        }
    }

    @Test("code that was changed on the disk doesn't run after a restart: it is laid out anew")
    func tampered() async throws {
        try await withFixture { fixture in
            let controller = try await ScriptedController.start(fixture)
            let revision = try TestRevision.commands(1)
            revision.publish(on: controller)
            controller.want("a", [revision.desired])
            let node = try await TestNode.start("a", of: controller, fixture)
            try await controller.waitForReport("ready", of: "a") { $0.phase == .ready }
            await node.drop()
            let file = node.path("revisions/digits/\(revision.assignment.digest.hex)/number.txt")
            try Data("tampered\n".utf8).write(to: file)
            try node.start()
            try await eventually("laid out anew") { try String(contentsOf: file, encoding: .utf8) == "1\n" }
            try await controller.waitForReport("ready", of: "a") { $0.phase == .ready }
        }
    }

    @Test("two managers can't use one data folder, and one that hasn't joined says what to do")
    func locks() async throws {
        try await withFixture { fixture in
            let controller = try await ScriptedController.start(fixture)
            let node = try await TestNode.start("a", of: controller, fixture)
            let second = #expect(throws: ManagerError.self) { try node.start() }
            #expect(second?.description.contains("another manager") == true)
            let logger = Logger(label: "manager")
            let none = #expect(throws: ManagerError.self) {
                _ = try NodeManager(ManagerOptions(dataFolder: fixture.url("none"), version: "test"), logger: logger)
            }
            #expect(none?.description.contains("join") == true)
        }
    }

    @Test("a server node on a wildcard address has to say where clients reach it")
    func advertise() async throws {
        try await withFixture { fixture in
            let controller = try await ScriptedController.start(fixture)
            let error = await #expect(throws: ManagerError.self) {
                _ = try await TestNode.start("server", role: .server, of: controller, fixture) {
                    $0.engineHost = "0.0.0.0"
                }
            }
            #expect(error?.description.contains("--advertise") == true)
        }
    }
}
