import API
import Core
import Foundation
import Manager
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(3))) struct ActivationTests {
    @Test("the new revision becomes current in one step, and its check's output is shipped")
    func switches() async throws {
        try await withFixture { fixture in
            let controller = try await ScriptedController.start(fixture)
            let node = try await TestNode.start("a", of: controller, fixture)
            for number in 1...2 {
                let revision = try TestRevision.commands(number)
                revision.publish(on: controller)
                controller.want("a", [revision.desired])
                let report = try await controller.waitForReport("ready on \(number)", of: "a") {
                    $0.phase == .ready && $0.commit == revision.assignment.commit
                }
                #expect(report.digest == revision.assignment.digest)
                let text = try String(contentsOf: node.path("revisions/digits/current/number.txt"), encoding: .utf8)
                #expect(text == "\(number)\n")
                try await eventually("the check's line arrives") {
                    controller.state.withLock { state in
                        state.lines.contains { $0.stage == "check" && $0.text == "checking revision \(number)" }
                    }
                }
            }
        }
    }

    @Test("a revision whose check fails isn't activated: the old one goes on, and the report says why")
    func keepsTheOld() async throws {
        try await withFixture { fixture in
            let controller = try await ScriptedController.start(fixture)
            let good = try TestRevision.commands(1)
            let bad = try TestRevision.commands(2, check: "echo the scale is off >&2; exit 3")
            good.publish(on: controller)
            bad.publish(on: controller)
            controller.want("a", [good.desired])
            let node = try await TestNode.start("a", of: controller, fixture)
            try await controller.waitForReport("ready", of: "a") { $0.phase == .ready }
            controller.want("a", [bad.desired])
            let failed = try await controller.waitForReport("failed", of: "a") { $0.phase == .failed }
            #expect(failed.commit == good.assignment.commit)
            #expect(failed.attempting == bad.assignment.commit)
            #expect(failed.attempt == 1)
            #expect(failed.message?.contains("check") == true, "\(failed.message ?? "")")
            let text = try String(contentsOf: node.path("revisions/digits/current/number.txt"), encoding: .utf8)
            #expect(text == "1\n")

            controller.want("a", [good.desired])
            try await controller.waitForReport("back on the old", of: "a") {
                $0.phase == .ready && $0.commit == good.assignment.commit
            }
        }
    }

    @Test("a module that can't be imported fails the activation with its traceback")
    func importError() async throws {
        try await withFixture { fixture in
            let controller = try await ScriptedController.start(fixture)
            let revision = try TestRevision.python(1, importing: "import a_module_that_nobody_has")
            revision.publish(on: controller)
            controller.want("a", [revision.desired])
            _ = try await TestNode.start("a", of: controller, fixture)
            let failed = try await controller.waitForReport("failed", of: "a", within: .seconds(90)) {
                $0.phase == .failed
            }
            #expect(failed.message?.contains("a_module_that_nobody_has") == true, "\(failed.message ?? "")")
            #expect(failed.commit == nil)
        }
    }

    @Test("going back to a kept revision fetches nothing, also without a controller to fetch from; older ones go")
    func rollback() async throws {
        try await withFixture { fixture in
            let controller = try await ScriptedController.start(fixture)
            let revisions = try (1...4).map { try TestRevision.commands($0) }
            let node = try await TestNode.start("a", of: controller, fixture) { $0.keep = 3 }
            for revision in revisions {
                revision.publish(on: controller)
                controller.want("a", [revision.desired])
                try await controller.waitForReport("ready", of: "a") {
                    $0.phase == .ready && $0.commit == revision.assignment.commit
                }
            }
            let kept = try #require(controller.latest("a")?.kept)
            #expect(kept == revisions.dropFirst().reversed().map(\.assignment.commit))
            try await eventually("the oldest is gone") {
                let names = try FileManager.default.contentsOfDirectory(atPath: node.path("revisions/digits").path)
                return Set(names) == Set(revisions.dropFirst().map(\.assignment.digest.hex) + ["current"])
            }

            _ = controller.takeFetches()
            controller.state.withLock { $0.blobs = [:] }
            var back = revisions[1].desired
            back.assignment?.attempt = 9
            let started = ContinuousClock.now
            controller.want("a", [back])
            try await controller.waitForReport("back", of: "a") {
                $0.phase == .ready && $0.commit == revisions[1].assignment.commit
            }
            #expect(ContinuousClock.now - started < .seconds(10))
            #expect(controller.takeFetches().isEmpty)
        }
    }

    @Test("a task that isn't wanted any more leaves the node, with its files")
    func removed() async throws {
        try await withFixture { fixture in
            let controller = try await ScriptedController.start(fixture)
            let revision = try TestRevision.commands(1)
            revision.publish(on: controller)
            controller.want("a", [revision.desired])
            let node = try await TestNode.start("a", of: controller, fixture)
            try await controller.waitForReport("ready", of: "a") { $0.phase == .ready }
            controller.want("a", [])
            try await eventually("the task is gone from the reports") {
                controller.reports(of: "a").last?.tasks.isEmpty == true
            }
            try await eventually("its files are gone") {
                !FileManager.default.fileExists(atPath: node.path("revisions/digits").path)
                    && !FileManager.default.fileExists(atPath: node.path("tasks/digits.json").path)
            }
            controller.want("a", [revision.desired])
            try await controller.waitForReport("back from nothing", of: "a") { $0.phase == .ready }
        }
    }
}
