import Core
import Engines
import Foundation
import TestSupport
import Testing

/// Engines that stop at any moment, and what the next one over the same folder makes of it.
@Suite struct RestartTests {
    @Test("a result that was reached is told again by the next engine, and can be promoted there")
    func afterResult() async throws {
        try await withFixture { fixture in
            let model = try TestModel.of([1])
            let (ticket, result) = try await withEngine(fixture) { running in
                let ticket = try running.ticket()
                let part = Part(update: model)
                return (
                    ticket,
                    try await running.play(ticket, first: model, ["site-1": part, "site-2": part, "site-3": part])
                )
            }
            try await withEngine(fixture) { running in
                #expect(await running.engine.conduct(running.order(ticket)) == result)
                // Clients learn that the round is over.
                var late = running.client("site-1", ticket)
                late.ticket.serverURL = running.url
                #expect(try await late.get(.base).status == 410)
                try await running.engine.settle(result, task: ticket.task, answer: .promoted(version: 1))
                // The answer may come twice.
                try await running.engine.settle(result, task: ticket.task, answer: .promoted(version: 1))
                let reference = ModelReference(version: 1, digest: try result.finished().model)
                #expect(running.engine.hasModel(task: ticket.task, reference))
                #expect(await running.engine.conduct(running.order(ticket)) == result)
            }
        }
    }

    @Test("a round that was under way when the engine stopped has failed, and stays so")
    func midRound() async throws {
        try await withFixture { fixture in
            let model = try TestModel.of([1])
            let ticket = try await withEngine(fixture) { running in
                let ticket = try running.ticket()
                let conducted = Task { await running.engine.conduct(running.order(ticket)) }
                #expect(try await running.client("site-1", ticket).initialise(model).status == 200)
                #expect(try await running.client("site-1", ticket).deliver(model).status == 200)
                conducted.cancel()
                _ = await conducted.value
                return ticket
            }
            try await withEngine(fixture) { running in
                let again = await running.engine.conduct(running.order(ticket))
                #expect(again.failure?.contains("stopped in the middle") == true)
                #expect(await running.engine.conduct(running.order(ticket)) == again)
                // The next epoch is a new round, of which nothing is counted yet.
                let next = try running.ticket(epoch: 2)
                let part = Part(update: model)
                let result = try await running.play(
                    next,
                    first: model,
                    ["site-1": part, "site-2": part, "site-3": part]
                )
                #expect(try result.finished().contributions.count == 3)
            }
        }
    }

    @Test("uploads that an earlier process left half done are removed")
    func partials() async throws {
        try await withFixture { fixture in
            try fixture.write("half an update", to: "engine/partial/left-over")
            try await withEngine(fixture) { running in
                let left = try FileManager.default.contentsOfDirectory(
                    atPath: running.folder.appending(path: "partial").path
                )
                #expect(left.isEmpty)
            }
        }
    }

    @Test("a candidate that is fenced off is thrown away and never becomes a model")
    func fenced() async throws {
        try await withEngine { running in
            let ticket = try running.ticket()
            let model = try TestModel.of([1])
            let part = Part(update: model)
            let result = try await running.play(ticket, first: model, ["site-1": part, "site-2": part, "site-3": part])
            let candidate = running.folder.appending(path: "tasks/digits/rounds/1/candidate.safetensors")
            #expect(FileManager.default.fileExists(atPath: candidate.path))
            try await running.engine.settle(result, task: ticket.task, answer: .pending)
            #expect(FileManager.default.fileExists(atPath: candidate.path))
            try await running.engine.settle(result, task: ticket.task, answer: .fenced)
            try await running.engine.settle(result, task: ticket.task, answer: .fenced)
            #expect(!FileManager.default.fileExists(atPath: candidate.path))
            await #expect(throws: EngineError.self) {
                try await running.engine.settle(result, task: ticket.task, answer: .promoted(version: 1))
            }
        }
    }

    @Test("a promotion whose answer was lost is made up for when the next ticket names the model")
    func lostAnswer() async throws {
        try await withEngine { running in
            let model = try TestModel.of([1])
            let part = Part(update: try TestModel.of([5]))
            let parts = ["site-1": part, "site-2": part, "site-3": part]
            let result = try await running.play(running.ticket(), first: model, parts)
            let reference = ModelReference(version: 1, digest: try result.finished().model)
            #expect(!running.engine.hasModel(task: "digits", reference))
            let second = try running.ticket(epoch: 2, base: reference, version: 2)
            let next = try await running.play(second, parts).finished()
            #expect(running.engine.hasModel(task: "digits", reference))
            // And when the controller names it without a round.
            let newest = ModelReference(version: 2, digest: next.model)
            #expect(try await running.engine.keepModel(task: "digits", newest) == true)
            #expect(running.engine.hasModel(task: "digits", newest))
            let unknown = ModelReference(version: 3, digest: next.model)
            #expect(try await running.engine.keepModel(task: "digits", unknown) == false)
        }
    }

    @Test("a ticket whose base model isn't there fails with the model's name")
    func missingBase() async throws {
        try await withEngine { running in
            let digest = ScriptedClient.digest(Data("another".utf8))
            let ticket = try running.ticket(base: ModelReference(version: 4, digest: digest), version: 5)
            let result = await running.engine.conduct(running.order(ticket))
            #expect(result.failure?.contains("global model v4") == true)
        }
    }

    @Test("only the newest models are kept where the configuration says so")
    func retention() async throws {
        try await withEngine(tuning: EngineTuning(keepModels: 2)) { running in
            let model = try TestModel.of([1])
            let part = Part(update: model)
            for epoch in 1...3 {
                let result = try await running.play(
                    running.ticket(epoch: epoch, version: epoch),
                    first: model,
                    ["site-1": part, "site-2": part, "site-3": part]
                )
                try await running.engine.settle(result, task: "digits", answer: .promoted(version: epoch))
            }
            let files = try FileManager.default.contentsOfDirectory(
                atPath: running.folder.appending(path: "tasks/digits/models").path
            )
            #expect(files.sorted() == ["2.json", "2.safetensors", "3.json", "3.safetensors"])
        }
    }
}
