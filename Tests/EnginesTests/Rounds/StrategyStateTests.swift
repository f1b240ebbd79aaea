import Core
import Engines
import Foundation
import Tensors
import TestSupport
import Testing

/// A strategy's state goes the way of the model that it belongs to, whatever happens between two rounds.
@Suite struct StrategyStateTests {
    private static let momentum: [String: JSONValue] = ["eta": .double(1), "beta": .double(0.5)]

    /// One round whose clients all send `value`.
    private func play(
        _ running: RunningEngine,
        epoch: Int,
        from base: ModelReference?,
        version: Int,
        sending value: Float
    ) async throws -> RoundResult {
        let ticket = try running.ticket(
            epoch: epoch,
            clients: ["site-1", "site-2"],
            base: base,
            version: version,
            strategy: "fedavgm"
        )
        let part = Part(update: try TestModel.of([value]))
        return try await running.play(
            ticket,
            first: base == nil ? TestModel.of([0]) : nil,
            options: Self.momentum,
            ["site-1": part, "site-2": part]
        )
    }

    private func promote(_ running: RunningEngine, _ result: RoundResult, _ version: Int) async throws -> ModelReference
    {
        try await running.engine.settle(result, task: "digits", answer: .promoted(version: version))
        return ModelReference(version: version, digest: try result.finished().model)
    }

    private func value(_ running: RunningEngine, _ reference: ModelReference) throws -> Float {
        let file = try running.engine.url(ofModel: reference, task: "digits").orThrow("model v\(reference.version)")
        return try TestModel.values(at: file)[0]
    }

    private func state(_ running: RunningEngine, _ version: Int) -> URL {
        running.folder.appending(path: "tasks/digits/models/\(version).state.safetensors")
    }

    @Test("momentum goes on from round to round, and a round that is fenced off leaves it as it was")
    func fenced() async throws {
        try await withEngine { running in
            // From 0 to 1: the momentum is -1, the model 1.
            let first = try await promote(running, play(running, epoch: 1, from: nil, version: 1, sending: 1), 1)
            #expect(try value(running, first) == 1)
            // A round that sends 5 would leave a momentum of -4.5; it is thrown away, its state with it.
            let lost = try await play(running, epoch: 2, from: first, version: 2, sending: 5)
            let round = running.folder.appending(path: "tasks/digits/rounds/2")
            #expect(FileManager.default.fileExists(atPath: round.appending(path: "state.safetensors").path))
            try await running.engine.settle(lost, task: "digits", answer: .fenced)
            #expect(!FileManager.default.fileExists(atPath: round.appending(path: "state.safetensors").path))
            // From 1 to 1: momentum alone moves it, by half of the first round's.
            let second = try await promote(running, play(running, epoch: 3, from: first, version: 2, sending: 1), 2)
            #expect(try value(running, second) == 1.5)
            let file = try SafetensorsFile(mapping: state(running, 2))
            #expect(file.metadata["model"] == second.digest.description && file.metadata["rounds"] == "2")
            // An operator goes back to the first model: its own state is still there.
            let again = try await promote(running, play(running, epoch: 4, from: first, version: 3, sending: 1), 3)
            #expect(try value(running, again) == 1.5)
        }
    }

    @Test("an engine that stops between a result and its promotion goes on with the right state")
    func restart() async throws {
        try await withFixture { fixture in
            let result = try await withEngine(fixture) { running in
                try await play(running, epoch: 1, from: nil, version: 1, sending: 1)
            }
            try await withEngine(fixture) { running in
                let first = try await promote(running, result, 1)
                _ = try await promote(running, result, 1)
                let second = try await promote(running, play(running, epoch: 2, from: first, version: 2, sending: 1), 2)
                #expect(try value(running, second) == 1.5)
            }
        }
    }

    @Test("a promotion that was cut off after the state had moved is made whole by the next")
    func cutOff() async throws {
        try await withEngine { running in
            let result = try await play(running, epoch: 1, from: nil, version: 1, sending: 1)
            // What a crash between the two renames leaves.
            let models = running.folder.appending(path: "tasks/digits/models")
            try FileManager.default.createDirectory(at: models, withIntermediateDirectories: true)
            try FileManager.default.moveItem(
                at: running.folder.appending(path: "tasks/digits/rounds/1/state.safetensors"),
                to: state(running, 1)
            )
            let first = try await promote(running, result, 1)
            let second = try await promote(running, play(running, epoch: 2, from: first, version: 2, sending: 1), 2)
            #expect(try value(running, second) == 1.5)
        }
    }

    @Test("where the base's state is missing, or another model's, the strategy starts from zeros and the log says so")
    func missing() async throws {
        try await withEngine { running in
            let first = try await promote(running, play(running, epoch: 1, from: nil, version: 1, sending: 1), 1)
            let other = try await promote(running, play(running, epoch: 2, from: first, version: 2, sending: 3), 2)
            try FileManager.default.removeItem(at: state(running, 2))
            let second = try await promote(running, play(running, epoch: 3, from: other, version: 3, sending: 4), 3)
            // From zeros a round goes to what its clients send.
            #expect(try value(running, second) == 4)
            try FileManager.default.removeItem(at: state(running, 3))
            try FileManager.default.copyItem(at: state(running, 1), to: state(running, 3))
            let third = try await promote(running, play(running, epoch: 4, from: second, version: 4, sending: 5), 4)
            #expect(try value(running, third) == 5)
            let log = running.fixture.logged.joined(separator: "\n")
            #expect(log.contains("no state of the strategy for global model v2"))
            #expect(log.contains("the state beside global model v3 belongs to another model"))
        }
    }

    @Test("a strategy that needs more clients fails the round with the numbers, at once or when they were lost")
    func tooFew() async throws {
        try await withEngine { running in
            let options: [String: JSONValue] = ["f": .int(1)]
            let small = try running.ticket(clients: ["site-1", "site-2"], strategy: "krum")
            let result = await running.engine.conduct(running.order(small, options: options))
            #expect(result.failure?.contains("krum needs 5 updates (2f + 3 with f = 1), and the round has 2") == true)

            let sites = (1...5).map { "site-\($0)" }
            let ticket = try running.ticket(epoch: 2, clients: sites, strategy: "krum")
            let conducted = Task { await running.engine.conduct(running.order(ticket, options: options)) }
            let model = try TestModel.of([1])
            #expect(try await running.client("site-1", ticket).initialise(model).status == 200)
            for site in sites.dropLast() {
                #expect(try await running.client(site, ticket).deliver(model).status == 200)
            }
            let loss = LossReport(stage: "train", message: "no")
            #expect(try await running.client("site-5", ticket).put(.lost, loss).status == 204)
            #expect(await conducted.value.failure?.contains("krum needs 5 updates (2f + 3 with f = 1), 4 were") == true)
        }
    }

    @Test(
        "a strategy, an option or a value that the engine doesn't know fails the round before anything of it happens",
        arguments: [
            ("fedavgg", [:], "did you mean fedavg?"), ("fedavg", ["mu": .int(1)], "fedavg has no option \"mu\""),
            ("fedprox", [:], "fedprox needs the option mu"),
            ("trimmedmean", ["beta": .double(0.5)], "beta has to be a number from 0 to below 0.5"),
        ] as [(String, [String: JSONValue], String)]
    )
    func unknown(name: String, options: [String: JSONValue], message: String) async throws {
        try await withEngine { running in
            let ticket = try running.ticket(strategy: name)
            let result = await running.engine.conduct(running.order(ticket, options: options))
            #expect(result.failure?.contains(message) == true, "\(result.failure ?? "")")
        }
    }

    @Test("FedNova weighs by the steps that updates bring, and refuses one without")
    func steps() async throws {
        try await withEngine { running in
            let ticket = try running.ticket(clients: ["site-1", "site-2", "site-3"], strategy: "fednova")
            let conducted = Task { await running.engine.conduct(running.order(ticket)) }
            let base = try TestModel.of([0])
            #expect(try await running.client("site-1", ticket).initialise(base).status == 200)
            let without = try await running.client("site-3", ticket).deliver(TestModel.of([1]))
            #expect(without.status == 422 && without.problem?.title.contains("how many local steps") == true)
            for (site, value, steps) in [("site-1", Float(10), 10.0), ("site-2", 2, 1)] {
                let client = running.client(site, ticket)
                let update = try TestModel.of([value])
                #expect(try await client.deliver(update, client.head(update, steps: steps)).status == 200)
            }
            // Changes of 1 and 2 a step, over 5.5 steps on average; FedAvg would give 6.
            let candidate = try await running.client("site-1", ticket).get(.candidate)
            #expect(try TestModel.values(candidate.body) == [5.5 * 1.5])
            conducted.cancel()
            _ = await conducted.value
        }
    }

    @Test("SCAFFOLD's control variate comes back to clients with the ids of what is in it")
    func control() async throws {
        try await withEngine { running in
            func update(_ value: Float, change: Float, id: String) throws -> Data {
                let place = running.fixture.url("update-\(id)")
                let specs = try ["w", "fedops:control:w"].map { try TensorSpec(name: $0, dtype: .f32, shape: [1]) }
                var writer = try SafetensorsWriter(url: place, specs: specs, metadata: ["fedops:control": id])
                try [value, change].withUnsafeBytes { bytes throws in try writer.write(bytes) }
                try writer.finish()
                return try Data(contentsOf: place)
            }
            let parts = [
                "site-1": Part(update: try update(1, change: 2, id: "one")),
                "site-2": Part(update: try update(3, change: 4, id: "two")),
            ]
            let first = try running.ticket(clients: ["site-1", "site-2"], strategy: "scaffold")
            let result = try await running.play(first, first: TestModel.of([0]), parts)
            let base = try await promote(running, result, 1)
            #expect(try value(running, base) == 2)

            let ticket = try running.ticket(
                epoch: 2,
                clients: ["site-1", "site-2"],
                base: base,
                version: 2,
                strategy: "scaffold"
            )
            let conducted = Task { await running.engine.conduct(running.order(ticket)) }
            let answer = try await running.client("site-1", ticket).get(.control)
            #expect(answer.status == 200)
            #expect(try TestModel.values(answer.body, name: "fedops:control:w") == [3])
            let place = running.fixture.url("control")
            try answer.body.write(to: place)
            let nodes = try SafetensorsFile(mapping: place).metadata["nodes"]
            #expect(nodes == #"{"site-1":"one","site-2":"two"}"#)
            conducted.cancel()
            _ = await conducted.value
        }
    }

    @Test("a first model with a name that strategies use is refused")
    func reserved() async throws {
        try await withEngine { running in
            let ticket = try running.ticket(clients: ["site-1"])
            let conducted = Task { await running.engine.conduct(running.order(ticket)) }
            let answer = try await running.client("site-1", ticket).initialise(TestModel.of([1], name: "fedops:w"))
            #expect(answer.status == 422 && answer.problem?.title.contains("are kept for strategies") == true)
            _ = await conducted.value
        }
    }
}
