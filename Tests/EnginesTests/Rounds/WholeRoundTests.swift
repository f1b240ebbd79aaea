import Core
import Engines
import Foundation
import Tensors
import TestSupport
import Testing

/// Rounds from their ticket to their global model.
@Suite struct WholeRoundTests {
    @Test("a round of three clients gives NumPy's weighted mean to 1e-6")
    func numPy() async throws {
        let python = try await PythonEnvironment.numpy()
        try await withEngine { running in
            let folder = running.fixture.folder
            try await python.run(Self.makeUpdates, [folder.path])
            func data(_ name: String) throws -> Data { try Data(contentsOf: folder.appending(path: name)) }
            let ticket = try running.ticket()
            let result = try await running.play(
                ticket,
                first: data("base.safetensors"),
                [
                    "site-1": Part(update: data("0.safetensors"), examples: 17),
                    "site-2": Part(update: data("1.safetensors"), examples: 400),
                    "site-3": Part(update: data("2.safetensors"), examples: 1),
                ]
            )
            let finished = try result.finished()
            #expect(result.epoch == 1 && result.commit == ticket.commit && result.digest == ticket.digest)
            #expect(finished.contributions.map(\.node) == ticket.clients)
            #expect(finished.contributions.map(\.examples) == [17, 400, 1])
            #expect(finished.contributions.allSatisfy { $0.commit == ticket.commit })
            #expect(finished.missing.isEmpty)

            try await running.engine.settle(result, task: ticket.task, answer: .promoted(version: 1))
            let reference = ModelReference(version: 1, digest: finished.model)
            let file = try running.engine.url(ofModel: reference, task: ticket.task).orThrow("model v1")
            let (ours, wanted) = (
                try SafetensorsFile(mapping: file),
                try SafetensorsFile(mapping: folder.appending(path: "mean.safetensors"))
            )
            for name in ["w", "b"] {
                let pairs = try ours.withBytes(of: name) { a in
                    try wanted.withBytes(of: name) { b in
                        (0..<a.count / 4).map {
                            (
                                a.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self),
                                b.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self)
                            )
                        }
                    }
                }
                #expect(!pairs.isEmpty && pairs.allSatisfy { abs($0 - $1) <= 1e-6 * max(1, abs($1)) })
            }
            #expect(ours.metadata["commit"] == ticket.commit.text && ours.metadata["version"] == "1")
        }
    }

    private static let makeUpdates = """
        import sys, numpy as np
        from safetensors.numpy import save_file
        rng = np.random.default_rng(5)
        def make():
            return {"w": rng.standard_normal((64, 30)).astype(np.float32), "b": rng.standard_normal(30).astype(np.float32)}
        save_file(make(), f"{sys.argv[1]}/base.safetensors")
        updates = [make() for _ in range(3)]
        for index, update in enumerate(updates):
            save_file(update, f"{sys.argv[1]}/{index}.safetensors")
        mean = {name: np.average([u[name].astype(np.float64) for u in updates], axis=0, weights=[17, 400, 1])
                for name in updates[0]}
        save_file({name: value.astype(np.float32) for name, value in mean.items()}, f"{sys.argv[1]}/mean.safetensors")
        """

    @Test("metrics are means over the clients that gave them, by training and by evaluation examples")
    func metrics() async throws {
        try await withEngine { running in
            let model = try TestModel.of([1, 2])
            let result = try await running.play(
                running.ticket(),
                first: model,
                [
                    "site-1": Part(
                        update: model,
                        examples: 30,
                        metrics: ["loss": 1, "only one": 5],
                        evaluation: (1, ["accuracy": 1])
                    ),
                    "site-2": Part(
                        update: model,
                        examples: 10,
                        metrics: ["loss": 2],
                        evaluation: (3, ["accuracy": 0.5])
                    ),
                    "site-3": Part(update: model, examples: 10, evaluation: (0, ["accuracy": 0])),
                ]
            )
            let finished = try result.finished()
            // (30 * 1 + 10 * 2) / 40, and (1 * 1 + 3 * 0.5 + 0 * 0) / 4.
            #expect(finished.trainMetrics == ["loss": 1.25, "only one": 5])
            #expect(finished.evaluation == ["accuracy": 0.625])
            #expect(finished.contributions[1].evaluation == ["accuracy": 0.5])
            #expect(finished.contributions[1].evaluationExamples == 3)
        }
    }

    @Test("rounds follow one another, each from the model of the one before")
    func series() async throws {
        try await withEngine { running in
            var base: ModelReference?
            for round in 1...3 {
                let ticket = try running.ticket(epoch: round, base: base, version: round)
                let update = Part(update: try TestModel.of([Float(round), 0]))
                let result = try await running.play(
                    ticket,
                    first: round == 1 ? TestModel.of([0, 0]) : nil,
                    ["site-1": update, "site-2": update, "site-3": update]
                )
                try await running.engine.settle(result, task: ticket.task, answer: .promoted(version: round))
                base = ModelReference(version: round, digest: try result.finished().model)
                let stored = try running.engine.storedModel(task: ticket.task, version: round).orThrow("its card")
                #expect(stored.ticket == ticket)
            }
            for version in 1...3 {
                let file = running.folder.appending(path: "tasks/digits/models/\(version).safetensors")
                #expect(try TestModel.values(at: file) == [Float(version), 0])
            }
            // Nothing but the newest round's account is left beside the models.
            let rounds = try FileManager.default.contentsOfDirectory(
                atPath: running.folder.appending(path: "tasks/digits/rounds").path
            )
            #expect(rounds == ["3"])
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: running.folder.appending(path: "partial").path)
                    == []
            )
        }
    }

    @Test("the engine itself takes far less than 0.1 s of a round")
    func latency() async throws {
        try await withEngine { running in
            let model = try TestModel.of([1, 2, 3])
            // The machine may be busy with other things: one round that is fast shows that nothing waits for a clock.
            var fastest = Duration.seconds(60)
            var epoch = 0
            while epoch < 10 || (fastest >= .milliseconds(100) && epoch < 300) {
                epoch += 1
                let begun = ContinuousClock.now
                _ = try await running.play(
                    running.ticket(epoch: epoch),
                    first: model,
                    ["site-1": Part(update: model), "site-2": Part(update: model), "site-3": Part(update: model)]
                ).finished()
                fastest = min(fastest, ContinuousClock.now - begun)
            }
            #expect(fastest < .milliseconds(100))
            print("fastest round of three clients: \(fastest)")
        }
    }

    @Test("a client may come before the round is open, and waits for its model until it is there")
    func earlyClient() async throws {
        try await withEngine { running in
            let ticket = try running.ticket(clients: ["site-1", "site-2"])
            let model = try TestModel.of([4])
            async let base = running.client("site-2", ticket).get(.base)
            try await eventually("the request waits at the engine") { running.engine.waitingRequests == 1 }
            async let result = running.engine.conduct(running.order(ticket))
            #expect(try await running.client("site-1", ticket).initialise(model).status == 200)
            let answer = try await base
            #expect(answer.status == 200 && answer.body == model)
            #expect(answer.header(EngineHeaders.sha256) == ScriptedClient.digest(model).description)
            for node in ticket.clients {
                #expect(
                    try await running.client(node, ticket).put(.lost, LossReport(stage: "train", message: "no")).status
                        == 204
                )
            }
            #expect(await result.failure != nil)
        }
    }

    @Test("two tasks have rounds at the same time, each with its own sum")
    func twoTasks() async throws {
        try await withEngine { running in
            let (a, b) = (try running.ticket(task: "a"), try running.ticket(task: "b"))
            func parts(_ value: Float) throws -> [String: Part] {
                let part = Part(update: try TestModel.of([value]))
                return ["site-1": part, "site-2": part, "site-3": part]
            }
            async let first = running.play(a, first: TestModel.of([0]), parts(1))
            async let second = running.play(b, first: TestModel.of([0]), parts(2))
            for (ticket, result, value) in [(a, try await first, Float(1)), (b, try await second, 2)] {
                try await running.engine.settle(result, task: ticket.task, answer: .promoted(version: 1))
                let file = running.folder.appending(path: "tasks/\(ticket.task)/models/1.safetensors")
                #expect(try TestModel.values(at: file) == [value])
            }
        }
    }
}
