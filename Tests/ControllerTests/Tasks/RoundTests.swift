import API
import Controller
import Core
import Foundation
import TestSupport
import Testing

@Suite struct RoundTests {
    @Test("a run does its rounds, one ticket after the other, and leaves global models")
    func run() async throws {
        try await withFixture { fixture in
            let world = try await Federation.start(fixture)
            let client = try world.controller.operator
            try await world.running {
                #expect(try await client.send(.startRun, "digits").status == 409)
                let commit = try await world.deploy("v1.0.0")
                #expect(try await client.send(.startRun, "digits", body: RunRequest(rounds: 0)).status == 422)
                #expect(try await client.send(.startRun, "digits", body: RunRequest(from: 3)).status == 404)
                let started: RunView = try await client.post(.startRun, "digits", body: RunRequest(rounds: 3))
                #expect(started.goal == 3)
                #expect(try await client.send(.startRun, "digits").status == 409)
                try await eventually("the run completes", within: .seconds(40)) {
                    try await world.task().run?.status == .completed
                }
                let run: RunView = try await client.get(.showRun, "digits", "latest")
                let rounds = try #require(run.rounds)
                #expect(rounds.map(\.round) == [1, 2, 3])
                #expect(rounds.map(\.epoch) == [1, 2, 3])
                #expect(rounds.allSatisfy { $0.commit == commit && $0.participants == ["site-1", "site-2"] })
                #expect(rounds.map(\.model) == [1, 2, 3])
                let models = try await client.list(ModelView.self, .listModels, "digits")
                #expect(models.map(\.version) == [3, 2, 1])
                #expect(models.map(\.parent) == [2, 1, nil])
                let grant: ModelGrant = try await client.send(.grantModel, "digits", "3").decode()
                #expect(grant.url == "http://127.0.0.1:9/v1/models/digits/3")
                #expect(grant.digest == models[0].digest)
                #expect(try await client.send(.grantModel, "digits", "4").status == 404)
                #expect(try await client.send(.showModel, "digits", "latest").status == 200)
                // All are equally good by the flow's metric: the first stays the best.
                #expect(models.map(\.best) == [nil, nil, true])
                let best: ModelView = try await client.get(.showModel, "digits", "best")
                #expect(best.version == 1 && best.best == true)
                #expect(world.server.desired?.tasks.first?.best?.version == 1)
                let second: RunView = try await client.post(
                    .startRun,
                    "digits",
                    body: RunRequest(rounds: 1, scratch: true)
                )
                #expect(second.number == 2)
            }
        }
    }

    @Test("a ticket is in the documents of its participants, each with its own key")
    func ticket() async throws {
        try await withFixture { fixture in
            let world = try await Federation.start(fixture)
            world.server.setAnswersRounds(false)
            let client = try world.controller.operator
            try await world.running {
                _ = try await world.deploy("v1.0.0")
                _ = try await client.send(.startRun, "digits", body: RunRequest(rounds: 1))
                let ticket = try await eventually("the server node has the ticket") { world.server.ticket("digits") }
                #expect(ticket.participants == ["server", "site-1", "site-2"])
                try await eventually("the clients have it, too") {
                    world.clients.allSatisfy { $0.ticket("digits") == ticket }
                }
                let wanted = world.managers.compactMap { $0.desired?.tasks.first }
                #expect(wanted[0].roundKey != nil)
                #expect(wanted[0].ticketKey == nil)
                #expect(wanted[0].modelsKey != nil)
                #expect(wanted[1...].allSatisfy { $0.roundKey == nil && $0.ticketKey != nil && $0.modelsKey == nil })
                #expect(wanted[1].ticketKey != wanted[2].ticketKey)
            }
        }
    }

    @Test("a result counts once, and only from the server node of the ticket")
    func results() async throws {
        try await withFixture { fixture in
            let world = try await Federation.start(fixture)
            world.server.setAnswersRounds(false)
            let client = try world.controller.operator
            try await world.running {
                _ = try await world.deploy("v1.0.0")
                _ = try await client.send(.startRun, "digits", body: RunRequest(rounds: 2))
                let ticket = try await eventually("the server node has the ticket") { world.server.ticket("digits") }
                let result = SimulatedManager.result(of: ticket)
                #expect(try await world.clients[0].post(result, task: "digits") == .pending)
                var stale = result
                stale.epoch = 0
                #expect(try await world.server.post(stale, task: "digits") == .fenced)
                #expect(try await world.server.post(result, task: "digits") == .promoted(version: 1))
                #expect(try await world.server.post(result, task: "digits") == .promoted(version: 1))
                #expect(try await client.list(ModelView.self, .listModels, "digits").count == 1)
                #expect(try await world.task().run?.done == 1)
                let unknown = try await world.server.client.send(.sendResult, "server", "none", body: result)
                #expect(unknown.status == 404)
            }
        }
    }

    @Test("a run is stopped, and its ticket is taken back")
    func stop() async throws {
        try await withFixture { fixture in
            let world = try await Federation.start(fixture)
            world.server.setAnswersRounds(false)
            let client = try world.controller.operator
            try await world.running {
                _ = try await world.deploy("v1.0.0")
                _ = try await client.send(.startRun, "digits", body: RunRequest(rounds: 2))
                let ticket = try await eventually("the server node has the ticket") { world.server.ticket("digits") }
                let stopped: RunView = try await client.send(.stopRun, "digits", "1").decode()
                #expect(stopped.status == .stopped)
                try await eventually("the ticket is gone") { world.server.ticket("digits") == nil }
                #expect(try await world.server.post(SimulatedManager.result(of: ticket), task: "digits") == .fenced)
                #expect(try await client.send(.stopRun, "digits", "1").status == 409)
                #expect(try await client.send(.stopRun, "digits", "9").status == 404)
            }
        }
    }

    @Test("a new revision closes the gate with reasons, and the run goes on with it")
    func newRevision() async throws {
        try await withFixture { fixture in
            let world = try await Federation.start(fixture)
            let client = try world.controller.operator
            try await world.running {
                let first = try await world.deploy("v1.0.0")
                _ = try await client.send(.startRun, "digits", body: RunRequest(rounds: 1000))
                try await eventually("a round has finished") { try await (world.task().run?.done ?? 0) > 0 }
                let second = try await world.repository.release("v1.1.0")
                world.clients[1].hold(second)
                try await world.poll()
                let gate = try await eventually("the gate names the node that is behind") {
                    let gate: GateVerdict = try await client.get(.gate, "digits")
                    return gate.reasons.contains { $0.node == "site-2" && $0.wants == second.text } ? gate : nil
                }
                #expect(!gate.open)
                #expect(gate.reasons.first { $0.node == "site-2" }?.reports == first.text)
                world.clients[1].hold(nil)
                try await eventually("rounds go on with the new revision", within: .seconds(40)) {
                    guard let run = try await world.task().run else { return false }
                    return run.commit == second && run.done > 2
                }
                let runs = try await client.list(RunView.self, .listRuns, "digits")
                #expect(runs.map(\.status) == [.running, .superseded])
                #expect(runs[0].continues == 1)
                for run in runs {
                    let whole: RunView = try await client.get(.showRun, "digits", String(run.number))
                    for round in whole.rounds ?? [] {
                        #expect(round.contributions.allSatisfy { $0.commit == round.commit })
                    }
                }
            }
        }
    }
}
