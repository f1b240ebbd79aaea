import Engines
import FlowRunner
import Foundation
import Glibc
import TestSupport
import Testing

@testable import Core

/// Real workers that run a flow of NumPy, from their tickets to a global model, over either engine.
@Suite(.serialized) struct RoundParticipantTests {
    private func conduct(
        _ running: RunningEngine,
        _ engine: any AggregationEngine,
        _ ticket: Ticket,
        _ sites: [Site]
    ) async throws -> RoundResult {
        async let result = engine.conduct(running.order(ticket))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for site in sites { group.addTask { try await site.take(ticket) } }
            try await group.waitForAll()
        }
        return await result
    }

    @Test("three sites train two rounds, and the model is their weighted mean", arguments: EngineKind.allCases)
    func rounds(over kind: EngineKind) async throws {
        try await withEngine { running in
            let engine = try await running.conductor(kind)
            let sites = [
                try await Site(running, 1, over: kind), try await Site(running, 2, over: kind),
                try await Site(running, 3, over: kind),
            ]
            let first = try running.ticket(minimum: 3, trainFor: kind.trainFor)
            let result = try await conduct(running, engine, first, sites)
            let finished = try result.finished()
            // Sites 1, 2 and 3 have 10, 20 and 30 rows, and their models are 1, 2 and 3.
            #expect(finished.contributions.map(\.examples) == [10, 20, 30])
            let mean = 140.0 / 60
            let evaluation = try finished.evaluation["w"].orThrow("evaluation")
            #expect(abs(evaluation - mean) < 1e-6)
            let loss = try finished.trainMetrics["loss"].orThrow("loss")
            #expect(abs(loss - 3.0 / 60) < 1e-9)
            try await engine.settle(result, task: first.task, answer: .promoted(version: 1))
            let reference = ModelReference(version: 1, digest: finished.model)
            let file = try running.engine.url(ofModel: reference, task: first.task).orThrow("model v1")
            #expect(try TestModel.values(at: file).allSatisfy { abs(Double($0) - mean) < 1e-6 })
            // Each site has kept the model that it evaluated; Flower brings it again.
            let kept = running.fixture.url("scratch-site-2/newest/\(finished.model.hex).safetensors")
            #expect(FileManager.default.fileExists(atPath: kept.path) == (kind == .embedded))

            let second = try running.ticket(
                epoch: 2,
                base: reference,
                version: 2,
                minimum: 3,
                trainFor: kind.trainFor
            )
            #expect(try await conduct(running, engine, second, sites).finished().contributions.count == 3)
            #expect(sites[1].log.lines == ["training site-2 1", "training site-2 2"])
        }
    }

    @Test("a site whose part ends with its update gives that whole", arguments: EngineKind.allCases)
    func trainingAlone(over kind: EngineKind) async throws {
        try await withEngine { running in
            let engine = try await running.conductor(kind)
            let site = try await Site(running, 1, over: kind, size: 1 << 20)
            var ticket = try running.ticket(clients: ["site-1"], trainFor: kind.trainFor)
            ticket.evaluate = .server
            let order = running.order(
                ticket,
                evaluate: { _, _ in RoundIntake.Evaluation(examples: 5, metrics: ["w": 1]) }
            )
            async let result = engine.conduct(order)
            try await site.take(ticket)
            let finished = try await result.finished()
            #expect(finished.contributions.map(\.node) == ["site-1"])
            #expect(finished.serverEvaluation == ["w": 1])
        }
    }

    @Test("a site that isn't needed any more stops training at once")
    func surplus() async throws {
        try await withEngine { running in
            let sites = [
                try await Site(running, 1), try await Site(running, 2),
                try await Site(running, 3, train: "time.sleep(600)"),
            ]
            var ticket = try running.ticket()
            ticket.enough = 2
            let finished = try await conduct(running, running.engine, ticket, sites).finished()
            #expect(finished.contributions.map(\.node) == ["site-1", "site-2"])
            #expect(finished.missing.map(\.surplus) == [true])
        }
    }

    @Test("a site whose training fails says so, and the round goes on without it", arguments: EngineKind.allCases)
    func failure(over kind: EngineKind) async throws {
        try await withEngine { running in
            let engine = try await running.conductor(kind)
            let good = try await Site(running, 1, over: kind)
            let bad = try await Site(
                running,
                2,
                over: kind,
                train: "raise ValueError('rate is negative\\nand more of it')"
            )
            let ticket = try running.ticket(clients: ["site-1", "site-2"], trainFor: kind.trainFor)
            async let result = engine.conduct(running.order(ticket))
            async let fine: Void = good.take(ticket)
            let failure = await #expect(throws: StageFailure.self) { try await bad.take(ticket) }
            #expect(failure?.kind == .exception && failure?.stage == "train")
            try await fine
            let finished = try await result.finished()
            #expect(finished.contributions.map(\.node) == ["site-1"])
            let missing = try finished.missing.first.orThrow("missing site")
            #expect(missing.node == "site-2" && missing.why.contains("rate is negative"))
            #expect(!missing.why.contains("\n"))
        }
    }

    @Test("a node that moved on starts no stage, and the engine learns why", arguments: EngineKind.allCases)
    func refused(over kind: EngineKind) async throws {
        try await withEngine { running in
            let engine = try await running.conductor(kind)
            let site = try await Site(running, 1, over: kind)
            let ticket = try running.ticket(clients: ["site-1", "site-2"], trainFor: kind.trainFor)
            async let result = engine.conduct(running.order(ticket))
            let other = running.client("site-2", ticket)
            await #expect(throws: TicketRefusal.self) {
                try await site.take(ticket) { () throws(TicketRefusal) in throw Self.refusal(of: ticket) }
            }
            #expect(site.log.lines.isEmpty)
            // Both hashes are named to the engine.
            let why = try await result.failure.orThrow("failure")
            #expect(why.contains("another commit is active"))
            #expect(why.contains(ticket.commit.text.prefix(7)) && why.contains("9999999"))
            #expect(try await other.get(.base).status == 410)
        }
    }

    private static func refusal(of ticket: Ticket) -> TicketRefusal {
        TicketRefusal(
            epoch: ticket.epoch,
            ticketCommit: ticket.commit,
            activeCommit: CommitHash(String(repeating: "9", count: 40)),
            why: "another commit is active"
        )
    }

    @Test("cancelling a site in the middle of training stops its worker's stage", arguments: EngineKind.allCases)
    func cancelled(over kind: EngineKind) async throws {
        try await withEngine { running in
            let engine = try await running.conductor(kind)
            let site = try await Site(running, 1, over: kind, train: "time.sleep(600)")
            let ticket = try running.ticket(clients: ["site-1"], trainFor: 900)
            let conducted = Task { await engine.conduct(running.order(ticket)) }
            let taking = Task { try await site.take(ticket) }
            try await eventually("it trains", within: .seconds(kind.trainFor)) {
                site.log.lines.contains("training site-1 1")
            }
            let pid = try site.worker.facts.pid.orThrow("pid")
            taking.cancel()
            await #expect(throws: CancellationError.self) { try await taking.value }
            #expect(kill(pid_t(pid), 0) != 0)
            conducted.cancel()
            _ = await conducted.value
        }
    }

    @Test("a ticket that the engine takes back ends a site's part quietly", arguments: EngineKind.allCases)
    func takenBack(over kind: EngineKind) async throws {
        try await withEngine { running in
            let engine = try await running.conductor(kind)
            let site = try await Site(running, 1, over: kind)
            let ticket = try running.ticket(clients: ["site-1", "site-2"], trainFor: kind.trainFor)
            let conducted = Task { await engine.conduct(running.order(ticket)) }
            let taking = Task { try await site.take(ticket) }
            let other = running.client("site-2", ticket)
            try await eventually("its update counts", within: .seconds(kind.trainFor)) {
                try await other.status().counted == ["site-1"]
            }
            conducted.cancel()
            try await taking.value
            _ = await conducted.value
        }
    }

    @Test("connections that break off again and again cost a site nothing but time")
    func brokenConnections() async throws {
        try await withEngine { running in
            let site = try await Site(running, 1, train: "model['w'] += 1; return None", size: 1 << 20)
            // A model of which the first attempts bring a part each.
            let first = try running.ticket(clients: ["site-2"])
            let part = Part(update: try TestModel.of([Float](repeating: 2, count: 1 << 20)))
            let result = try await running.play(first, first: part.update, ["site-2": part])
            try await running.engine.settle(result, task: first.task, answer: .promoted(version: 1))
            let base = ModelReference(version: 1, digest: try result.finished().model)

            let proxy = try CuttingProxy(to: running.port, cutting: [1 << 20, 0, 700_000, 2 << 20])
            defer { proxy.close() }
            var ticket = try running.ticket(epoch: 2, clients: ["site-1"], base: base, version: 2)
            ticket.serverURL = "http://127.0.0.1:\(proxy.port)"
            let finished = try await conduct(running, running.engine, ticket, [site]).finished()
            #expect(proxy.left == 0)
            #expect(finished.evaluation == ["w": 3])
        }
    }
}
