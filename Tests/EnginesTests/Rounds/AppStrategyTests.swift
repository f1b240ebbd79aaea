import Core
import Engines
import Foundation
import Synchronization
import Tensors
import TestSupport
import Testing

@testable import FlowRunner

/// Rounds whose model the project's own strategy makes: what the engine asks of it and takes from it.
@Suite struct AppStrategyTests {
    /// Makes the greatest of the updates' values the model, and keeps how often it was asked since the state.
    private final class Greatest: Sendable {
        let seen = Mutex<[(updates: [String], examples: [Int], state: String?)]>([])
        /// In place of a model.
        let instead: Data?

        init(instead: Data? = nil) { self.instead = instead }

        var aggregation: ServerAggregation { { input, _ in try self.make(input) } }

        private func make(_ input: AggregationInput) throws {
            let values = try input.updates.map { try TestModel.values(at: URL(filePath: $0.file))[0] }
            let state = try input.state.map { path in
                let file = try SafetensorsFile(mapping: URL(filePath: path))
                return try file.withBytes(of: "fedops:serverapp:strategy") { String(decoding: $0, as: UTF8.self) }
            }
            seen.withLock { $0.append((input.updates.map(\.node), input.updates.map(\.examples), state)) }
            try (instead ?? TestModel.of([values.max() ?? 0])).write(to: URL(filePath: input.output))
            try Data((state ?? "").utf8 + Data("x".utf8)).write(to: URL(filePath: input.kept))
        }
    }

    private func play(
        _ running: RunningEngine,
        _ strategy: Greatest?,
        epoch: Int = 1,
        from base: ModelReference? = nil,
        sending values: [Float]
    ) async throws -> RoundResult {
        let clients = values.indices.map { "site-\($0 + 1)" }
        let ticket = try running.ticket(
            epoch: epoch,
            clients: clients,
            base: base,
            version: (base?.version ?? 0) + 1,
            strategy: "serverapp"
        )
        var parts: [String: Part] = [:]
        for (place, value) in values.enumerated() {
            parts[clients[place]] = Part(update: try TestModel.of([value]), examples: place + 1)
        }
        return try await running.play(
            ticket,
            first: base == nil ? TestModel.of([0]) : nil,
            aggregate: strategy?.aggregation,
            parts
        )
    }

    private func promote(_ running: RunningEngine, _ result: RoundResult, _ version: Int) async throws -> ModelReference
    {
        try await running.engine.settle(result, task: "digits", answer: .promoted(version: version))
        return ModelReference(version: version, digest: try result.finished().model)
    }

    @Test("its model is the round's, and what it keeps goes with the model, not with a round that is fenced off")
    func state() async throws {
        try await withEngine { running in
            let strategy = Greatest()
            let first = try await promote(running, play(running, strategy, sending: [2, 5, 3]), 1)
            let file = try running.engine.url(ofModel: first, task: "digits").orThrow("model v1")
            #expect(try TestModel.values(at: file)[0] == 5)
            #expect(try SafetensorsFile(mapping: file).metadata["round"] == "1")
            let lost = try await play(running, strategy, epoch: 2, from: first, sending: [7])
            try await running.engine.settle(lost, task: "digits", answer: .fenced)
            _ = try await promote(running, play(running, strategy, epoch: 3, from: first, sending: [6, 4]), 2)
            let seen = strategy.seen.withLock { $0 }
            #expect(seen.map(\.updates) == [["site-1", "site-2", "site-3"], ["site-1"], ["site-1", "site-2"]])
            #expect(seen.map(\.examples) == [[1, 2, 3], [1], [1, 2]])
            #expect(seen.map(\.state) == [nil, "x", "x"])
            let rounds = try FileManager.default.subpathsOfDirectory(atPath: running.folder.path)
            #expect(!rounds.contains { $0.hasSuffix("/kept") || $0.contains("updates/") }, "\(rounds)")
        }
    }

    @Test("a model of another shape, with NaN, or none at all fails the round, and the base stays")
    func refused() async throws {
        for (instead, why) in [
            (try TestModel.of([1, 2]), "another model than the round's"), (try TestModel.of([.nan]), "NaN"),
        ] {
            try await withEngine { running in
                let result = try await failing(running, Greatest(instead: instead))
                #expect(result.contains(why), "\(result)")
            }
        }
        try await withEngine { running in
            let result = try await failing(running, nil)
            #expect(result.contains("no worker for the app's strategy"), "\(result)")
        }
    }

    /// Why a round fails after its updates: its client's delivery is taken, and no candidate comes of it.
    private func failing(_ running: RunningEngine, _ strategy: Greatest?) async throws -> String {
        let ticket = try running.ticket(clients: ["site-1"], strategy: "serverapp")
        let order = running.order(
            ticket,
            aggregate: strategy?.aggregation
        )
        async let result = running.engine.conduct(order)
        let client = running.client("site-1", ticket)
        #expect(try await client.initialise(TestModel.of([0])).status == 200)
        let update = try TestModel.of([1])
        _ = try await client.deliver(update, client.head(update, examples: 1))
        return await result.failure ?? "it finished"
    }
}
