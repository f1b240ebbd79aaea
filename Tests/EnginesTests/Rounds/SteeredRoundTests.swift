import Core
import Engines
import Foundation
import TestSupport
import Testing

/// Rounds that the server node evaluates, that end with enough updates, and whose updates are weighed.
@Suite struct SteeredRoundTests {
    /// The mean of a model's values as its metric.
    private static let score: ServerEvaluation = { model, _ in
        let values = try TestModel.values(at: model)
        return .init(examples: 7, metrics: ["score": Double(values.reduce(0, +)) / Double(max(1, values.count))])
    }

    private func parts(_ values: [Float], evaluation: [String: Double] = [:]) throws -> [String: Part] {
        let parts = try values.enumerated().map { index, value in
            ("site-\(index + 1)", Part(update: try TestModel.of([value, value]), evaluation: (10, evaluation)))
        }
        return Dictionary(uniqueKeysWithValues: parts)
    }

    @Test(
        "the server node evaluates the candidate beside its clients, or alone",
        arguments: [EvaluationPlace.both, .server]
    )
    func server(place: EvaluationPlace) async throws {
        try await withEngine { running in
            var ticket = try running.ticket()
            ticket.evaluate = place
            let finished = try await running.play(
                ticket,
                first: TestModel.of([0, 0]),
                evaluate: Self.score,
                parts([1, 2, 6], evaluation: ["score": 1])
            ).finished()
            #expect(finished.serverEvaluation == ["score": 3])
            #expect(finished.serverEvaluationExamples == 7)
            #expect(finished.serverUnevaluated == nil && finished.unevaluated == nil)
            #expect(finished.evaluation == (place == .both ? ["score": 1] : [:]))
        }
    }

    @Test("a server node that can't evaluate says why, and the round counts")
    func failing() async throws {
        try await withEngine { running in
            var ticket = try running.ticket()
            ticket.evaluate = .both
            ticket.contribution = ContributionRule(method: .leaveOneOut, metric: "score")
            let finished = try await running.play(
                ticket,
                first: TestModel.of([0, 0]),
                evaluate: { _, _ in throw EngineError("no data on this node\nand more of it") },
                parts([1, 2, 6], evaluation: ["score": 1])
            ).finished()
            #expect(finished.serverUnevaluated == "evaluate: no data on this node")
            #expect(finished.serverEvaluation == nil)
            #expect(finished.evaluation == ["score": 1])
            #expect(finished.contributionNote?.contains("could not evaluate") == true)
        }
    }

    @Test("a server node that hangs doesn't keep the round beyond its deadline")
    func hanging() async throws {
        try await withEngine { running in
            var ticket = try running.ticket(clients: ["site-1"])
            ticket.evaluate = .server
            let log = WorkerLog()
            let order = running.order(
                ticket,
                evaluate: { _, seconds in
                    #expect((1...120).contains(seconds))
                    log.append("begun")
                    defer { log.append("ended") }
                    try await Task.sleep(for: .seconds(3600))
                    return .init(examples: 0, metrics: [:])
                }
            )
            async let conducted = running.engine.conduct(order)
            let client = running.client("site-1", ticket)
            let model = try TestModel.of([1])
            #expect(try await client.initialise(model).status == 200)
            #expect(try await client.deliver(model).status == 200)
            try await eventually("the server evaluates") { log.lines == ["begun"] }
            running.clock.pass(121)
            let finished = try await conducted.finished()
            #expect(finished.serverUnevaluated == "no evaluation by the deadline")
            #expect(log.lines == ["begun", "ended"])
        }
    }

    @Test("with more clients than are needed, training ends with the needed updates, and the others hear of it")
    func enough() async throws {
        try await withEngine { running in
            var ticket = try running.ticket()
            ticket.enough = 2
            let order = running.order(ticket)
            async let conducted = running.engine.conduct(order)
            let clients = ticket.clients.map { running.client($0, ticket) }
            let model = try TestModel.of([1])
            #expect(try await clients[0].initialise(model).status == 200)
            async let told = clients[2].get(.training)
            for client in clients[..<2] { #expect(try await client.deliver(model).status == 200) }
            let answer = try await told
            #expect(answer.status == 410 && answer.problem?.code == .closed)
            #expect(try await clients[2].deliver(model).status == 410)
            for client in clients[..<2] {
                #expect(try await client.get(.candidate).status == 200)
                #expect(try await client.evaluate().status == 204)
            }
            let finished = try await conducted.finished()
            #expect(finished.contributions.map(\.node) == ["site-1", "site-2"])
            #expect(finished.missing.map(\.surplus) == [true])
        }
    }

    @Test("leave-one-out says what the model would lose without each update")
    func leaveOneOut() async throws {
        try await withEngine { running in
            var ticket = try running.ticket()
            ticket.evaluate = .server
            ticket.contribution = ContributionRule(method: .leaveOneOut, metric: "score")
            let finished = try await running.play(
                ticket,
                first: TestModel.of([0, 0]),
                evaluate: Self.score,
                parts([1, 2, 6])
            ).finished()
            // The mean of 1, 2 and 6 is 3; without each in turn it is 4, 3.5 and 1.5.
            #expect(finished.contributions.map(\.contribution) == [-1, -0.5, 1.5])
            #expect(finished.contributionNote == nil)
            // Nothing of the round's updates stays on the disk.
            let round = running.folder.appending(path: "tasks/digits/rounds/1")
            let left = try FileManager.default.contentsOfDirectory(atPath: round.path).sorted()
            #expect(left == ["base.safetensors", "candidate.safetensors", "result.json", "ticket.json"])
        }
    }

    @Test("Shapley values of all updates are together what the round added to the metric", arguments: [3, 6])
    func shapley(count: Int) async throws {
        try await withEngine { running in
            let values: [Float] = [1, 2, 6, 0, 3, 6]
            let clients = (1...count).map { "site-\($0)" }
            var ticket = try running.ticket(clients: clients)
            ticket.evaluate = .server
            ticket.contribution = ContributionRule(method: .shapley, metric: "score", permutations: 8, tolerance: 0)
            let finished = try await running.play(
                ticket,
                first: TestModel.of([0, 0]),
                evaluate: Self.score,
                parts(Array(values[..<count]))
            ).finished()
            let worth = finished.contributions.compactMap(\.contribution)
            #expect(worth.count == count)
            #expect(abs(worth.reduce(0, +) - 3) < 1e-6)
            // Each of the three: the mean over the six orders of what it adds to the mean of those before it.
            if count == 3 {
                let wanted = [-0.5, 0.25, 3.25]
                #expect(zip(worth, wanted).allSatisfy { abs($0 - $1) < 1e-6 }, "\(worth)")
            }
        }
    }

    @Test("contributions that the deadline cuts short say so")
    func short() async throws {
        try await withEngine { running in
            var ticket = try running.ticket()
            ticket.evaluate = .server
            ticket.contribution = ContributionRule(method: .leaveOneOut, metric: "score")
            let clock = running.clock
            let finished = try await running.play(
                ticket,
                first: TestModel.of([0, 0]),
                // Each evaluation takes so long that only one more has time.
                evaluate: { model, seconds in
                    clock.pass(40)
                    return try await Self.score(model, seconds)
                },
                parts([1, 2, 6])
            ).finished()
            #expect(finished.serverEvaluation == ["score": 3])
            #expect(finished.contributions.map(\.contribution) == [-1, nil, nil])
            #expect(finished.contributionNote?.contains("deadline") == true)
        }
    }

    @Test("the best model stays on the shelf however many newer ones there are, over a restart too")
    func shelf() async throws {
        try await withFixture { fixture in
            var base: ModelReference?
            var best: ModelReference?
            for round in 1...5 {
                let (earlier, told) = (base, round == 3 ? best : nil)
                let reference = try await withEngine(fixture, EngineTuning(keepModels: 2)) { running in
                    // One process is told, those after it find it written down.
                    if let told { running.engine.protect(task: "digits", told) }
                    let ticket = try running.ticket(epoch: round, base: earlier, version: round)
                    let result = try await running.play(
                        ticket,
                        first: round == 1 ? TestModel.of([0, 0]) : nil,
                        parts([Float(round), 0, 0])
                    )
                    try await running.engine.settle(result, task: "digits", answer: .promoted(version: round))
                    return ModelReference(version: round, digest: try result.finished().model)
                }
                base = reference
                if round == 2 { best = reference }
            }
            try await withEngine(fixture) { running in
                let versions = (1...5).filter { running.engine.storedModel(task: "digits", version: $0) != nil }
                #expect(versions == [2, 4, 5])
            }
        }
    }
}
