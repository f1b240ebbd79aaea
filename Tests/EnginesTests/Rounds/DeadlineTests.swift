import Core
import Engines
import Foundation
import TestSupport
import Testing

/// Clients that are slow, lost, or gone.
@Suite struct DeadlineTests {
    @Test("a straggler is cut off when training ends, and the round goes on with the others")
    func straggler() async throws {
        try await withEngine { running in
            let ticket = try running.ticket(minimum: 2)
            let model = try TestModel.of([1])
            async let conducted = running.engine.conduct(running.order(ticket))
            let clients = ticket.clients.map { running.client($0, ticket) }
            #expect(try await clients[0].initialise(model).status == 200)
            for client in clients[..<2] { #expect(try await client.deliver(model).status == 200) }
            running.clock.pass(61)
            for client in clients[..<2] { #expect(try await client.get(.candidate).status == 200) }

            let late = try await clients[2].deliver(model)
            #expect(late.status == 410 && late.problem?.refusal?.kind == .tooLate)
            #expect(try await clients[2].get(.candidate).status == 410)

            for client in clients[..<2] { #expect(try await client.evaluate().status == 204) }
            let finished = try await conducted.finished()
            #expect(finished.contributions.map(\.node) == ["site-1", "site-2"])
            #expect(finished.missing.map(\.node) == ["site-3"])
        }
    }

    @Test("a round with too few updates at the end of training fails, and says who was missing")
    func shortfall() async throws {
        try await withEngine { running in
            let ticket = try running.ticket(minimum: 2)
            let model = try TestModel.of([1])
            async let conducted = running.engine.conduct(running.order(ticket))
            let first = running.client("site-1", ticket)
            #expect(try await first.initialise(model).status == 200)
            #expect(try await first.deliver(model).status == 200)
            running.clock.pass(61)
            let failure = try await conducted.failure.orThrow("failure")
            #expect(failure.contains("1 of 3 clients answered") && failure.contains("site-2"))
            #expect(try await first.get(.candidate).status == 410)
        }
    }

    @Test("clients that say that they are lost aren't waited for")
    func lost() async throws {
        try await withEngine { running in
            let ticket = try running.ticket(minimum: 2)
            let model = try TestModel.of([1])
            async let conducted = running.engine.conduct(running.order(ticket))
            let clients = ticket.clients.map { running.client($0, ticket) }
            #expect(try await clients[0].initialise(model).status == 200)
            let loss = LossReport(stage: "train", message: "out of memory\nTraceback: much more of it")
            #expect(try await clients[2].put(.lost, loss).status == 204)
            for client in clients[..<2] { #expect(try await client.deliver(model).status == 200) }
            for client in clients[..<2] { #expect(try await client.get(.candidate).status == 200) }
            #expect(try await clients[0].evaluate().status == 204)
            // Who trained and then can't evaluate isn't waited for either.
            #expect(try await clients[1].put(.lost, LossReport(stage: "evaluate", message: "no data")).status == 204)
            let finished = try await conducted.finished()
            #expect(finished.missing == [MissingUpdate(node: "site-3", why: "train: out of memory")])
            #expect(finished.contributions[1].evaluation == nil)
        }
    }

    @Test("a round whose first model can't be made fails at once")
    func noFirstModel() async throws {
        try await withEngine { running in
            let ticket = try running.ticket()
            async let conducted = running.engine.conduct(running.order(ticket))
            let loss = LossReport(stage: "model", message: "ImportError: no module named torch")
            #expect(try await running.client("site-1", ticket).put(.lost, loss).status == 204)
            #expect(await conducted.failure?.contains("ImportError") == true)
        }
    }

    @Test("an evaluation that never comes ends with the round's deadline")
    func missingEvaluation() async throws {
        try await withEngine { running in
            let ticket = try running.ticket(clients: ["site-1", "site-2"])
            let model = try TestModel.of([1])
            async let conducted = running.engine.conduct(running.order(ticket))
            let clients = ticket.clients.map { running.client($0, ticket) }
            #expect(try await clients[0].initialise(model).status == 200)
            for client in clients { #expect(try await client.deliver(model).status == 200) }
            #expect(try await clients[0].get(.candidate).status == 200)
            #expect(try await clients[0].evaluate(examples: 7, metrics: ["accuracy": 0.25]).status == 204)
            running.clock.pass(121)
            let finished = try await conducted.finished()
            #expect(finished.evaluation == ["accuracy": 0.25])
            #expect(finished.contributions.map(\.evaluationExamples) == [7, nil])
        }
    }
}
