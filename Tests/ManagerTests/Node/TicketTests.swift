import API
import Artifacts
import Core
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(3))) struct TicketTests {
    private static let nowhere = "http://127.0.0.1:1"

    @Test("a ticket for another commit than the active one is refused, with both hashes in the report")
    func otherCommit() async throws {
        try await withFixture { fixture in
            let controller = try await ScriptedController.start(fixture)
            let active = try TestRevision.training(1)
            let other = try TestRevision.training(2)
            active.publish(on: controller)
            controller.want("a", [active.desired])
            _ = try await TestNode.start("a", of: controller, fixture)
            try await controller.waitForReport("ready", of: "a") { $0.phase == .ready }
            let ticket = TestTicket(5, on: other, serverURL: Self.nowhere, clients: ["a"])
            controller.want("a", [ticket.desired(for: "a", active)])
            let report = try await controller.waitForReport("refusal", of: "a") { $0.message != nil }
            #expect(report.message?.contains(other.assignment.commit.text) == true)
            #expect(report.message?.contains(active.assignment.commit.text) == true)
            #expect(report.epoch == nil)
            #expect(report.phase == .ready)
        }
    }

    @Test("while a ticket is in hand nothing is activated; once it is withdrawn, the next revision is")
    func noActivationMeanwhile() async throws {
        try await withFixture { fixture in
            let controller = try await ScriptedController.start(fixture)
            let first = try TestRevision.training(1)
            let second = try TestRevision.training(2)
            first.publish(on: controller)
            second.publish(on: controller)
            controller.want("a", [first.desired])
            _ = try await TestNode.start("a", of: controller, fixture)
            try await controller.waitForReport("ready", of: "a") { $0.phase == .ready }
            let ticket = TestTicket(1, on: first, serverURL: Self.nowhere, clients: ["a"])
            controller.want("a", [ticket.desired(for: "a", first)])
            try await controller.waitForReport("the ticket in hand", of: "a") { $0.epoch == 1 }
            controller.want("a", [ticket.desired(for: "a", second)])
            try await controller.waitForReport("prepared", of: "a") {
                $0.attempting == second.assignment.commit && $0.epoch == 1 && $0.phase == .ready
            }
            // Some heartbeats later it still is so.
            let seen = controller.reports(of: "a").count
            try await eventually("more reports") { controller.reports(of: "a").count > seen + 3 }
            #expect(controller.latest("a")?.commit == first.assignment.commit)
            #expect(controller.latest("a")?.epoch == 1)

            controller.want("a", [second.desired])
            try await controller.waitForReport("ready on the second", of: "a") {
                $0.phase == .ready && $0.commit == second.assignment.commit && $0.epoch == nil
            }
            for report in controller.reports(of: "a").flatMap(\.tasks) where report.epoch != nil {
                #expect(report.commit == first.assignment.commit)
            }
        }
    }

    @Test("a round: the server's engine and two clients make a global model, which the answer numbers")
    func round() async throws {
        try await withFixture { fixture in
            let controller = try await ScriptedController.start(fixture)
            let revision = try TestRevision.training(1, step: 1.5)
            revision.publish(on: controller)
            let clients = ["a", "b"]
            for node in clients + ["server"] { controller.want(node, [revision.desired]) }
            let server = try await TestNode.start("server", role: .server, of: controller, fixture)
            for node in clients { _ = try await TestNode.start(node, of: controller, fixture) }
            for node in clients + ["server"] {
                try await controller.waitForReport("ready", of: node) { $0.phase == .ready }
            }
            #expect(controller.reports(of: "a").allSatisfy { $0.engineURL == nil })
            let url: String = try await eventually("the engine's URL") {
                controller.reports(of: "server").last?.engineURL
            }
            var base: ModelReference?
            for epoch in 1...2 {
                controller.state.withLock { $0.answers = [.pending, .promoted(version: epoch)] }
                let ticket = TestTicket(
                    epoch,
                    on: revision,
                    serverURL: url,
                    clients: clients,
                    base: base,
                    evaluate: epoch == 2 ? .both : nil
                )
                for node in clients + ["server"] { controller.want(node, [ticket.desired(for: node, revision)]) }
                let result: RoundResult = try await eventually("the result of epoch \(epoch)", within: .seconds(60)) {
                    controller.state.withLock { $0.answers.isEmpty ? $0.results.last { $0.epoch == epoch } : nil }
                }
                guard case .finished(let finished) = result.outcome else {
                    throw WaitFailed(description: "the round failed: \(result.outcome)")
                }
                #expect(finished.contributions.map(\.node) == clients)
                #expect(finished.contributions.allSatisfy { $0.commit == revision.assignment.commit })
                #expect(finished.evaluation == ["accuracy": 0.75])
                // The server node's own worker evaluates, where the ticket says so.
                #expect(finished.serverEvaluation == (epoch == 2 ? ["accuracy": 0.75] : nil))
                #expect(finished.serverUnevaluated == nil)
                base = ModelReference(version: epoch, digest: finished.model)
                for node in clients + ["server"] { controller.want(node, [revision.desired]) }
                for node in clients + ["server"] {
                    try await controller.waitForReport("the ticket put down", of: node) { $0.epoch == nil }
                }
            }
            let model = try Data(contentsOf: server.path("engine/tasks/digits/models/2.safetensors"))
            let sum: [Double] = model.suffix(16).withUnsafeBytes { bytes in
                (0..<2).map { bytes.loadUnaligned(fromByteOffset: $0 * 8, as: Double.self) }
            }
            #expect(sum == [3, 3])
            let lines = controller.state.withLock { $0.lines }
            #expect(lines.contains { $0.stage == "train" && $0.epoch == 2 && $0.text == "training revision 1" })
            let keys = lines.map { "\($0.node) \($0.task) \($0.sequence)" }
            #expect(Set(keys).count == keys.count)
        }
    }

    @Test("cancelling a ticket stops the stage that runs, and the node is ready again")
    func cancel() async throws {
        try await withFixture { fixture in
            let controller = try await ScriptedController.start(fixture)
            let revision = try TestRevision.training(1, wait: 600)
            revision.publish(on: controller)
            for node in ["a", "server"] { controller.want(node, [revision.desired]) }
            _ = try await TestNode.start("server", role: .server, of: controller, fixture)
            _ = try await TestNode.start("a", of: controller, fixture)
            for node in ["a", "server"] {
                try await controller.waitForReport("ready", of: node) { $0.phase == .ready }
            }
            let url: String = try await eventually("the engine's URL") {
                controller.reports(of: "server").last?.engineURL
            }
            let ticket = TestTicket(1, on: revision, serverURL: url, clients: ["a"])
            for node in ["a", "server"] { controller.want(node, [ticket.desired(for: node, revision)]) }
            try await eventually("training begins") {
                controller.state.withLock { state in state.lines.contains { $0.text == "training revision 1" } }
            }
            for node in ["a", "server"] { controller.want(node, [revision.desired]) }
            for node in ["a", "server"] {
                try await controller.waitForReport("ready without a ticket", of: node) {
                    $0.phase == .ready && $0.epoch == nil
                }
            }
            // A round that was taken back has no result, and no node called itself degraded for it.
            #expect(controller.state.withLock { $0.results.isEmpty })
            #expect(
                controller.reports(of: "a").allSatisfy { report in report.tasks.allSatisfy { $0.phase != .degraded } }
            )
        }
    }

    @Test("a client whose manager dies while it trains takes the round up again when it is back")
    func clientDies() async throws {
        try await withFixture { fixture in
            let controller = try await ScriptedController.start(fixture)
            let revision = try TestRevision.training(1, wait: 3)
            revision.publish(on: controller)
            for node in ["a", "server"] { controller.want(node, [revision.desired]) }
            _ = try await TestNode.start("server", role: .server, of: controller, fixture)
            let client = try await TestNode.start("a", of: controller, fixture)
            for node in ["a", "server"] {
                try await controller.waitForReport("ready", of: node) { $0.phase == .ready }
            }
            let url: String = try await eventually("the engine's URL") {
                controller.reports(of: "server").last?.engineURL
            }
            let ticket = TestTicket(1, on: revision, serverURL: url, clients: ["a"])
            for node in ["a", "server"] { controller.want(node, [ticket.desired(for: node, revision)]) }
            try await eventually("training begins") {
                controller.state.withLock { state in state.lines.contains { $0.text == "training revision 1" } }
            }
            await client.drop()
            try client.start()
            let result: RoundResult = try await eventually("the result", within: .seconds(60)) {
                controller.state.withLock { $0.results.first }
            }
            guard case .finished(let finished) = result.outcome else {
                throw WaitFailed(description: "the round failed: \(result.outcome)")
            }
            #expect(finished.contributions.map(\.node) == ["a"])
            // A line may arrive twice when its manager died before it knew that it had arrived.
            let trained = controller.state.withLock { state in
                Set(state.lines.filter { $0.text == "training revision 1" }.map(\.at)).count
            }
            #expect(trained == 2)
        }
    }

    @Test("a server node that is stopped in the middle of a round says so at once")
    func serverStops() async throws {
        try await withFixture { fixture in
            let controller = try await ScriptedController.start(fixture)
            let revision = try TestRevision.training(1)
            revision.publish(on: controller)
            controller.want("server", [revision.desired])
            let server = try await TestNode.start("server", role: .server, of: controller, fixture)
            try await controller.waitForReport("ready", of: "server") { $0.phase == .ready }
            let ticket = TestTicket(1, on: revision, serverURL: Self.nowhere, clients: ["a"])
            controller.want("server", [ticket.desired(for: "server", revision)])
            try await controller.waitForReport("the ticket in hand", of: "server") { $0.epoch == 1 }
            try await server.stop()
            let results = controller.state.withLock { $0.results }
            #expect(results.count == 1)
            guard case .failed(let reason)? = results.first?.outcome else {
                throw WaitFailed(description: "no failed result: \(results)")
            }
            #expect(reason.contains("stopped"))
            #expect(controller.latest("server")?.epoch == nil)
        }
    }

    @Test("a server node that died in the middle of a round reports it failed when it is back")
    func serverDies() async throws {
        try await withFixture { fixture in
            let controller = try await ScriptedController.start(fixture)
            let revision = try TestRevision.training(1)
            revision.publish(on: controller)
            controller.want("server", [revision.desired])
            let server = try await TestNode.start("server", role: .server, of: controller, fixture)
            try await controller.waitForReport("ready", of: "server") { $0.phase == .ready }
            let ticket = TestTicket(1, on: revision, serverURL: Self.nowhere, clients: ["a"])
            controller.want("server", [ticket.desired(for: "server", revision)])
            try await controller.waitForReport("the ticket in hand", of: "server") { $0.epoch == 1 }
            try await eventually("the engine has begun") {
                FileManager.default.fileExists(atPath: server.path("engine/tasks/digits/rounds/1").path)
            }
            await server.drop()
            #expect(controller.state.withLock { $0.results.isEmpty })
            try server.start()
            let result: RoundResult = try await eventually("the result") {
                controller.state.withLock { $0.results.first }
            }
            guard case .failed = result.outcome else { throw WaitFailed(description: "\(result.outcome)") }
            try await controller.waitForReport("the ticket put down", of: "server") {
                $0.epoch == nil && $0.phase == .ready
            }
        }
    }
}
