import Artifacts
import Core
import Engines
import Foundation
import TestSupport
import Testing

/// Every update that must not count, and what its client is told.
@Suite struct RefusalTests {
    /// Opens a round with a base model of `[1, 2]`, and fails it by the end of `body` where that leaves it open.
    private func withRound(
        minimum: Int = 1,
        _ tuning: EngineTuning = EngineTuning(),
        _ body: (RunningEngine, Ticket) async throws -> Void
    ) async throws {
        try await withEngine(tuning: tuning) { running in
            let ticket = try running.ticket(minimum: minimum)
            let conducted = Task { await running.engine.conduct(running.order(ticket)) }
            #expect(try await running.client("site-1", ticket).initialise(TestModel.of([1, 2])).status == 200)
            try await body(running, ticket)
            conducted.cancel()
            _ = await conducted.value
        }
    }

    @Test("a request without the node's own key gets 401 and nothing else", arguments: EnginePaths.Part.allCases)
    func wrongKey(part: EnginePaths.Part) async throws {
        try await withRound(EngineTuning(admission: 0.2)) { running, ticket in
            let good = running.client("site-2", ticket)
            let other = running.client("site-3", ticket)
            var bad: [ScriptedClient] = []
            for bearer in ["", "wrong", other.bearer, good.bearer + "0", String(good.bearer.dropLast())] {
                var client = good
                client.bearer = bearer
                bad.append(client)
            }
            var elsewhere = good
            elsewhere.ticket.epoch = 2
            var noTask = good
            noTask.ticket.task = "another"
            for client in bad + [elsewhere, noTask] {
                let reads: Set<EnginePaths.Part> = [.status, .base, .control, .training, .candidate]
                let answer =
                    reads.contains(part) ? try await client.get(part) : try await client.put(part, raw: Data("{}".utf8))
                #expect(answer.status == 401)
                #expect(answer.problem?.code == .unauthorized)
            }
        }
    }

    @Test("a node that the ticket doesn't name gets 403, whatever its key")
    func stranger() async throws {
        try await withRound { running, ticket in
            let answer = try await running.client("site-9", ticket).deliver(TestModel.of([1, 2]))
            #expect(answer.status == 403)
            #expect(answer.problem?.refusal?.kind == .stranger)
        }
    }

    @Test("an update of another commit or artifact gets 409 with both hashes")
    func otherOrigin() async throws {
        try await withRound { running, ticket in
            let update = try TestModel.of([1, 2])
            let client = running.client("site-2", ticket)
            let commit = try CommitHash(String(repeating: "7", count: 40)).orThrow("commit")
            let artifact = ScriptedClient.digest(update)
            for head in [client.head(update, commit: commit), client.head(update, artifact: artifact)] {
                let answer = try await client.deliver(update, head)
                #expect(answer.status == 409)
                let problem = try answer.problem.orThrow("problem")
                #expect(problem.refusal?.kind == .otherTicket && problem.refusal?.node == "site-2")
                #expect(problem.offered?.commit == head.commit && problem.offered?.digest == head.artifact)
                #expect(problem.wanted?.commit == ticket.commit && problem.wanted?.digest == ticket.digest)
            }
            #expect(try await client.status().counted.isEmpty)
        }
    }

    @Test("an update under the key of an earlier epoch isn't taken by a later one")
    func otherEpoch() async throws {
        try await withEngine(tuning: EngineTuning(admission: 0.2)) { running in
            let model = try TestModel.of([1])
            let first = try running.ticket()
            let part = Part(update: model)
            _ = try await running.play(first, first: model, ["site-1": part, "site-2": part, "site-3": part])
            let second = try running.ticket(epoch: 2)
            var order = running.order(second)
            order.roundKey = "the key of the second round"
            let conducted = Task { [order] in await running.engine.conduct(order) }
            let initializer = running.client("site-1", second, key: order.roundKey)
            #expect(try await initializer.initialise(model).status == 200)

            let stale = running.client("site-2", first)
            let another = try TestModel.of([2])
            #expect(try await stale.deliver(another).status == 410)
            #expect(try await stale.deliver(another, stale.head(another), epoch: 2).status == 401)
            #expect(try await initializer.status().counted.isEmpty)
            conducted.cancel()
            _ = await conducted.value
        }
    }

    @Test("a second update of a node gets 409; the very same one again is acknowledged, and counts once")
    func second() async throws {
        try await withRound { running, ticket in
            let client = running.client("site-2", ticket)
            let update = try TestModel.of([3, 4])
            #expect(try await client.deliver(update).status == 200)
            let again = try await client.deliver(update)
            #expect(again.status == 200)
            #expect(try again.decode(UploadAnswer.self).repeated)
            let another = try await client.deliver(TestModel.of([5, 6]))
            #expect(another.status == 409 && another.problem?.refusal?.kind == .alreadyCounted)
            #expect(try await client.status().counted == ["site-2"])
        }
    }

    @Test("of many uploads by one node at once, one counts")
    func atOnce() async throws {
        try await withRound { running, ticket in
            let client = running.client("site-2", ticket)
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for value in 0..<8 {
                    group.addTask { try await client.deliver(TestModel.of([Float(value), 1])).status }
                }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(statuses.filter { $0 == 200 }.count == 1)
            #expect(statuses.filter { $0 == 409 }.count == 7)
            #expect(try await client.status().counted == ["site-2"])
        }
    }

    struct BadUpdate: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let data: Data
        var examples = 10
        let says: String
    }

    static var badUpdates: [BadUpdate] {
        get throws {
            [
                BadUpdate(testDescription: "NaN", data: try TestModel.of([1, .nan]), says: "w"),
                BadUpdate(testDescription: "infinity", data: try TestModel.of([-.infinity, 1]), says: "w"),
                BadUpdate(testDescription: "shape", data: try TestModel.of([1, 2, 3]), says: "3"),
                BadUpdate(testDescription: "rank", data: try TestModel.of([1, 2], shape: [1, 2]), says: "w"),
                BadUpdate(testDescription: "name", data: try TestModel.of([1, 2], name: "v"), says: "v"),
                BadUpdate(
                    testDescription: "no examples",
                    data: try TestModel.of([1, 2]),
                    examples: 0,
                    says: "example"
                ),
                BadUpdate(testDescription: "rubbish", data: Data("not a model".utf8), says: "safetensors"),
                BadUpdate(testDescription: "nothing", data: Data(), says: "safetensors"),
                BadUpdate(testDescription: "cut off", data: try TestModel.of([1, 2]).dropLast(3), says: "bytes"),
            ]
        }
    }

    @Test("an update that FedAvg can't take gets 422, names its node, and loses its client", arguments: try badUpdates)
    func invalid(bad: BadUpdate) async throws {
        try await withRound { running, ticket in
            let client = running.client("site-2", ticket)
            let answer = try await client.deliver(bad.data, examples: bad.examples)
            #expect(answer.status == 422)
            let title = try answer.problem.orThrow("problem").title
            #expect(title.contains("site-2") && title.contains(bad.says), "\(title)")
            #expect(try await client.status().lost["site-2"] == title)
            // A better one in time is taken still.
            #expect(try await client.deliver(TestModel.of([3, 4])).status == 200)
            #expect(try await client.status().counted == ["site-2"])
            #expect(try await client.status().lost.isEmpty)
            #expect(try running.partialFiles().isEmpty)
        }
    }

    @Test("an update after the end of training gets 410")
    func tooLate() async throws {
        try await withRound { running, ticket in
            running.clock.pass(61)
            let answer = try await running.client("site-2", ticket).deliver(TestModel.of([1, 2]))
            #expect(answer.status == 410)
        }
    }

    @Test("headers that are missing or unreadable are named")
    func headers() async throws {
        try await withRound { running, ticket in
            let client = running.client("site-2", ticket)
            let update = try TestModel.of([1, 2])
            for (name, value) in [
                (EngineHeaders.examples, "-1"), (EngineHeaders.examples, "99999999999999999999"),
                (EngineHeaders.seconds, "nan"), (EngineHeaders.metrics, "[1]"),
                (EngineHeaders.metrics, "{\"a\":1e999}"),
                (EngineHeaders.commit, "HEAD"), (EngineHeaders.artifact, "sha256:12"), (EngineHeaders.sha256, ""),
            ] {
                let fields = try client.head(update).fields().filter { $0.name != name } + [(name, value)]
                let answer = try await client.deliver(update, fields: fields)
                #expect(answer.status == 400)
                #expect(answer.problem?.title.contains(name) == true)
            }
        }
    }

    @Test("metrics with any name go through a header and come back as they were")
    func metricNames() async throws {
        try await withRound(minimum: 1) { running, ticket in
            let metrics = ["Genauigkeit für Ä\n": 0.5, "損失": 1e-300, "plain \"quoted\\": -3]
            let update = try TestModel.of([1, 2])
            let head = running.client("site-2", ticket).head(update, metrics: metrics)
            let fields = Dictionary(uniqueKeysWithValues: try head.fields().map { ($0.name, $0.value) })
            #expect(fields.values.allSatisfy { $0.utf8.allSatisfy { (0x20..<0x7f).contains($0) } })
            #expect(try UpdateHead { fields[$0] } == head)
            #expect(try await running.client("site-2", ticket).deliver(update, head).status == 200)
        }
    }

    @Test("a report that isn't JSON, or is huge, is refused and changes nothing", arguments: ["lost", "evaluation"])
    func reports(part: String) async throws {
        try await withRound { running, ticket in
            let client = running.client("site-2", ticket)
            let part = try EnginePaths.Part(rawValue: part).orThrow("part")
            #expect(try await client.put(part, raw: Data("{".utf8)).status == 400)
            #expect(try await client.put(part, raw: Data()).status == 400)
            #expect(try await client.put(part, raw: Data(repeating: 0x20, count: 300 << 10)).status == 413)
            #expect(try await client.status().lost.isEmpty)
        }
    }

    @Test("an evaluation before the model is out, or by who didn't train, is refused")
    func evaluations() async throws {
        try await withRound { running, ticket in
            let clients = ticket.clients.map { running.client($0, ticket) }
            #expect(try await clients[0].evaluate().status == 410)
            #expect(try await clients[2].put(.lost, LossReport(stage: "train", message: "no")).status == 204)
            for client in clients[..<2] { #expect(try await client.deliver(TestModel.of([1, 2])).status == 200) }
            #expect(try await clients[0].get(.candidate).status == 200)
            #expect(try await clients[2].evaluate().status == 410)
            #expect(try await clients[2].get(.candidate).status == 410)
            let impossible = EvaluationReport(commit: ticket.commit, digest: ticket.digest, examples: -1, metrics: [:])
            #expect(try await clients[0].put(.evaluation, impossible).status == 422)
            let other = EvaluationReport(
                commit: try CommitHash(String(repeating: "7", count: 40)).orThrow("commit"),
                digest: ticket.digest,
                examples: 1,
                metrics: [:]
            )
            #expect(try await clients[0].put(.evaluation, other).status == 409)
        }
    }

    @Test("a first global model that isn't finite, or isn't one, fails the round with the reason")
    func firstModel() async throws {
        try await withEngine { running in
            for (epoch, model) in [try TestModel.of([.nan]), Data("rubbish".utf8)].enumerated() {
                let ticket = try running.ticket(epoch: epoch + 1)
                let conducted = Task { await running.engine.conduct(running.order(ticket)) }
                #expect(try await running.client("site-2", ticket).initialise(model).status == 403)
                #expect(try await running.client("site-1", ticket).initialise(model).status == 422)
                #expect(await conducted.value.failure?.contains("site-1") == true)
            }
        }
    }
}
