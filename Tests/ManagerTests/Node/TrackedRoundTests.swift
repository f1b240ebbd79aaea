import Core
import Foundation
import Manager
import Synchronization
import TestSupport
import Testing

/// Rounds of a server node whose site names a tracker.
@Suite(.timeLimit(.minutes(3))) struct TrackedRoundTests {
    @Test("a round that counts is in the site's tracker, of a flow that knows nothing of it; one that doesn't is not")
    func site() async throws {
        try await withFixture { fixture in
            let python = try await PythonEnvironment.trackers()
            let controller = try await ScriptedController.start(fixture)
            let revision = try TestRevision.training(1)
            revision.publish(on: controller)
            for node in ["a", "server"] { controller.want(node, [revision.desired]) }
            let server = try await TestNode.start("server", role: .server, of: controller, fixture) { options in
                var tracker = Flow.Tracker(.tensorboard)
                tracker.python = python.python.path
                options.trackers = [tracker]
            }
            _ = try await TestNode.start("a", of: controller, fixture)
            for node in ["a", "server"] {
                try await controller.waitForReport("ready", of: node) { $0.phase == .ready }
            }
            let url: String = try await eventually("the engine's URL") {
                controller.reports(of: "server").last?.engineURL
            }
            for (epoch, answer) in [(1, ResultAnswer.fenced), (2, .promoted(version: 1))] {
                controller.state.withLock { $0.answers = [answer] }
                let ticket = TestTicket(epoch, on: revision, serverURL: url, clients: ["a"])
                for node in ["a", "server"] { controller.want(node, [ticket.desired(for: node, revision)]) }
                try await eventually("the result of epoch \(epoch)", within: .seconds(60)) {
                    controller.state.withLock { $0.answers.isEmpty }
                }
                for node in ["a", "server"] { controller.want(node, [revision.desired]) }
                for node in ["a", "server"] {
                    try await controller.waitForReport("the ticket put down", of: node) { $0.epoch == nil }
                }
            }
            let script = """
                import glob, sys
                from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
                folder, = glob.glob(sys.argv[1] + "/digits-*")
                events = EventAccumulator(folder)
                events.Reload()
                for name in ["round/epoch", "evaluation/accuracy", "clients/a/train/loss"]:
                    print(name, [event.value for event in events.Scalars(name)])
                """
            let files = server.path("trackers/digits/files/tensorboard").path
            let read: String = try await eventually("the round is written", within: .seconds(60)) {
                let read = try await runProcess(python.python.path, ["-c", script, files])
                return read.status == 0 ? read.stdout : nil
            }
            #expect(
                read.split(separator: "\n") == [
                    "round/epoch [2.0]", "evaluation/accuracy [0.75]", "clients/a/train/loss [0.5]",
                ]
            )
        }
    }
}
