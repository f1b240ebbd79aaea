import API
import Controller
import Core
import Foundation
import TestSupport
import Testing

@Suite struct RolloutTests {
    @Test("a tag reaches all nodes in waves, and the gate opens")
    func deploy() async throws {
        try await withFixture { fixture in
            let world = try await Federation.start(fixture)
            try await world.running {
                let commit = try await world.deploy("v1.0.0")
                let task = try await world.task()
                #expect(task.rollout?.moved.sorted() == ["server", "site-1", "site-2"])
                #expect(task.rollout?.waves == 2)
                #expect(task.nodes.allSatisfy { $0.reports?.commit == commit && $0.wants == commit })
                try await eventually("the gate opens") { try await world.task().gate.open }
                let rollouts = try await world.controller.operator.list(RolloutView.self, .listRollouts, "digits")
                #expect(rollouts.map(\.phase) == [.completed])
                #expect(try await world.controller.operator.send(.showRollout, "digits", "latest").status == 200)
                #expect(try await world.controller.operator.send(.showRollout, "digits", "7").status == 404)
            }
        }
    }

    @Test("a node that can't run a revision makes it roll back, and says why")
    func rollback() async throws {
        try await withFixture { fixture in
            let world = try await Federation.start(fixture)
            try await world.running {
                let good = try await world.deploy("v1.0.0")
                let bad = try await world.repository.release("v1.1.0")
                world.clients[0].fail(bad, "no module named torch")
                try await world.poll()
                try await eventually("the rollout is rolled back") {
                    try await world.task().rollout?.phase == .rolledBack
                }
                let task = try await world.task()
                #expect(task.target?.commit == good)
                #expect(task.rollout?.reason == "node site-1: no module named torch")
                #expect(task.nodes.allSatisfy { $0.wants == good })
                #expect(task.warnings.contains { $0.node == "site-1" && $0.message.contains("v1.1.0 failed") })
                // The node behind it in the order was never touched.
                #expect(task.rollout?.moved.contains("site-2") == true || task.rollout?.moved == ["server", "site-1"])
                try await eventually("the gate opens again") { try await world.task().gate.open }
            }
        }
    }

    @Test("a rollout is paused, resumed and undone by an operator")
    func byHand() async throws {
        try await withFixture { fixture in
            let world = try await Federation.start(fixture)
            let client = try world.controller.operator
            try await world.running {
                #expect(try await client.send(.pauseRollout, "digits").status == 409)
                #expect(try await client.send(.undoRollout, "digits").status == 409)
                let first = try await world.deploy("v1.0.0")
                // A node that isn't ready keeps the rollout in its wave for as long as this needs.
                let second = try await world.repository.release("v1.1.0", flow: "check: {run: \"true\"}")
                world.server.hold(second)
                try await world.poll()
                try await eventually("the rollout is under way") {
                    try await world.task().rollout?.phase == .progressing
                }
                let paused: RolloutView = try await client.post(
                    .pauseRollout,
                    "digits",
                    body: ReasonRequest(reason: "lunch")
                )
                #expect(paused.phase == .paused)
                #expect(paused.reason == "lunch")
                #expect(try await world.task().gate.open == false)
                let resumed: RolloutView = try await client.send(.resumeRollout, "digits").decode()
                #expect(resumed.phase == .progressing)
                #expect(try await client.send(.resumeRollout, "digits").status == 409)
                world.server.hold(nil)
                _ = try await world.settled(on: "v1.1.0")
                let undone: RolloutView = try await client.send(.undoRollout, "digits").decode()
                #expect(undone.kind == .undo)
                #expect(undone.to == "v1.0.0")
                #expect(try await world.settled(on: "v1.0.0").target?.commit == first)
                #expect(try await client.send(.undoRollout, "digits", body: UndoRequest(to: "v1.0.0")).status == 409)
                #expect(try await client.send(.undoRollout, "digits", body: UndoRequest(to: "none")).status == 404)
                #expect(try await client.send(.undoRollout, "digits", body: UndoRequest(to: "v1.1.0")).status == 200)
                _ = try await world.settled(on: "v1.1.0")
            }
        }
    }

    @Test("a change arrives on the stream within a second")
    func watch() async throws {
        try await withFixture { fixture in
            let world = try await Federation.start(fixture) { $0.tick = 1 }
            _ = try await world.running { try await world.deploy("v1.0.0") }
            let node = try await world.controller.join("late")
            try await node.report()
            let events = try await node.client.events(.watch, ["late"])
            var seen = 0
            let clock = ContinuousClock()
            var asked = clock.now
            for try await event in events where event.event == "desired" {
                let document: DesiredDocument = try event.decode()
                seen += 1
                if seen == 1 {
                    #expect(try await world.controller.operator.send(.removeTask, "digits").status == 204)
                    asked = clock.now
                } else if document.tasks.isEmpty {
                    #expect(clock.now - asked < .seconds(1))
                    break
                }
            }
        }
    }

    @Test("heartbeats that say nothing new write nothing")
    func heartbeats() async throws {
        try await withFixture { fixture in
            let world = try await Federation.start(fixture, interval: 86_400) { $0.lease = 600 }
            try await world.running {
                try await world.deploy("v1.0.0")
                try await eventually("the gate opens") { try await world.task().gate.open }
            }
            let log = world.controller.folder.appending(path: "fedops.sqlite-wal").path
            func written() throws -> Date? {
                try FileManager.default.attributesOfItem(atPath: log)[.modificationDate] as? Date
            }
            for manager in world.managers { try await manager.step() }
            let before = try written()
            for _ in 0..<10 {
                for manager in world.managers { try await manager.report() }
            }
            #expect(try written() == before)
            #expect(try await world.controller.operator.send(.drainNode, "site-1").status == 200)
            #expect(try written() != before)
        }
    }

    @Test("nodes that join, drain, and leave")
    func members() async throws {
        try await withFixture { fixture in
            let world = try await Federation.start(fixture)
            let client = try world.controller.operator
            try await world.running {
                let commit = try await world.deploy("v1.0.0")
                let late = try await world.controller.join("late")
                try await eventually("the late node runs the current revision") {
                    try await late.step()
                    return late.ledger("digits")?.active?.commit == commit
                }
                let drained: NodeView = try await client.send(.drainNode, "site-1").decode()
                #expect(drained.draining)
                try await eventually("the gate leaves the draining node out") {
                    try await late.step()
                    let gate: GateVerdict = try await client.get(.gate, "digits")
                    return gate.open && gate.excluded.map(\.node) == ["site-1"]
                }
                let resumed: NodeView = try await client.send(.resumeNode, "site-1").decode()
                #expect(!resumed.draining)
                try await eventually("it takes part again") {
                    try await late.step()
                    let gate: GateVerdict = try await client.get(.gate, "digits")
                    return gate.clients == ["late", "site-1", "site-2"]
                }
                #expect(try await client.send(.removeNode, "late").status == 204)
                #expect(try await world.task().nodes.map(\.node) == ["server", "site-1", "site-2"])
                #expect(try await client.send(.drainNode, "none").status == 404)
            }
        }
    }
}
