import Aggregation
import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct StrategyRefusalTests {
    private func aggregate(_ fixture: Fixture, _ strategy: Strategy, _ count: Int) throws {
        let model = try fixture.model(NamedTensor("w", .f32, [Float(1), 2]))
        var aggregator = try strategy.aggregator(reference: model)
        for client in 0..<count {
            try aggregator.add(model, UpdateNumbers(node: "n\(client)", examples: 1, steps: 1))
        }
        try aggregator.write(to: fixture.url("result.safetensors"), metadata: [:])
    }

    @Test(
        "too few updates make no model, and the numbers are told",
        arguments: [
            (Strategy.krum(malicious: 2), 6, "krum needs 7 updates (2f + 3 with f = 2), 6 were counted"),
            (.multikrum(malicious: 1, select: .honest), 4, "multikrum needs 5 updates (2f + 3 with f = 1), 4 were"),
            (.multikrum(malicious: 1, select: .count(8)), 7, "multikrum needs 8 updates (m), 7 were"),
            (.bulyan(malicious: 1), 6, "bulyan needs 7 updates (4f + 3 with f = 1), 6 were counted"),
            (.median, 0, "median needs 1 updates"), (.fednova, 0, "no mean of no updates"),
            (.fedadam(StrategyCase.adam), 0, "no mean of no updates"),
        ] as [(Strategy, Int, String)]
    )
    func tooFew(strategy: Strategy, count: Int, message: String) async throws {
        try await withFixture { fixture in
            let error = #expect(throws: AggregationError.self) { try aggregate(fixture, strategy, count) }
            #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
        }
    }

    @Test("as many as a rule asks for are enough")
    func enough() async throws {
        try await withFixture { fixture in
            for (strategy, count) in [
                (Strategy.krum(malicious: 2), 7), (.multikrum(malicious: 1, select: .honest), 5),
                (.bulyan(malicious: 1), 7),
                (.krum(malicious: 0), 3), (.bulyan(malicious: 0), 3), (.median, 1), (.trimmedmean(beta: 0.4), 1),
            ] as [(Strategy, Int)] {
                try aggregate(fixture, strategy, count)
                let result = try SafetensorsFile(mapping: fixture.url("result.safetensors"))
                #expect(try result.elements(of: "w", as: Float.self) == [1, 2])
            }
        }
    }

    @Test("an update without a number of steps can't be normalised, and one with an impossible number neither")
    func steps() async throws {
        try await withFixture { fixture in
            let model = try fixture.model(NamedTensor("w", .f32, [Float(1)]))
            var nova = try FedNova(reference: model)
            for steps in [nil, 0.5, 0, -1, .infinity, .nan, 1e13] as [Double?] {
                let refusal = #expect(throws: UpdateRefusal.self) {
                    try nova.add(model, UpdateNumbers(node: "a", examples: 1, steps: steps))
                }
                #expect(refusal?.kind == .steps)
            }
            #expect(nova.updates == 0)
        }
    }

    @Test("a state of another strategy or another model isn't taken")
    func states() async throws {
        try await withFixture { fixture in
            let model = try fixture.model(NamedTensor("w", .f32, [Float(1)]))
            let other = try fixture.model(NamedTensor("w", .f32, [Float(1), 2]))
            let momentum = Strategy.fedavgm(FedAvgM(eta: 1, beta: 0.9))
            var aggregator = try momentum.aggregator(reference: model)
            try aggregator.add(model, UpdateNumbers(node: "a", examples: 1))
            let place = fixture.url("state.safetensors")
            #expect(try aggregator.writeState(to: place, metadata: [:]))
            let state = try SafetensorsFile(mapping: place)
            #expect(try momentum.flaw(ofState: state, reference: model) == nil)
            #expect(try momentum.flaw(ofState: state, reference: other)?.contains("fedops:momentum:w") == true)
            let adam = Strategy.fedadam(StrategyCase.adam)
            #expect(try adam.flaw(ofState: state, reference: model)?.contains("one of fedavgm, not of fedadam") == true)
            #expect(throws: AggregationError.self) { try adam.aggregator(reference: model, state: state) }
        }
    }

    @Test("robust strategies keep an update when its file's name is gone, and refuse what can't be part of a model")
    func kept() async throws {
        try await withFixture { fixture in
            let base = try fixture.model(NamedTensor("w", .f32, [Float(0)]))
            var median = Median(reference: base)
            for (node, value) in [("a", Float(1)), ("b", 5), ("c", 100)] {
                let place = fixture.url("update")
                var writer = try SafetensorsWriter(url: place, specs: base.specs)
                try [value].withUnsafeBytes { try writer.write($0) }
                try writer.finish()
                try median.add(SafetensorsFile(mapping: place), UpdateNumbers(node: node, examples: 1))
                try FileManager.default.removeItem(at: place)
            }
            let bad = try fixture.model(NamedTensor("w", .f32, [Float.nan]))
            let refusal = #expect(throws: UpdateRefusal.self) {
                try median.add(bad, UpdateNumbers(node: "d", examples: 1))
            }
            #expect(refusal?.kind == .value)
            try median.write(to: fixture.url("result"), metadata: [:])
            #expect(try SafetensorsFile(mapping: fixture.url("result")).elements(of: "w", as: Float.self) == [5])
        }
    }

    @Test("integers beyond what a double holds have their exact median and trimmed mean")
    func integers() async throws {
        try await withFixture { fixture in
            let values: [Int64] = [.max, .max - 2, .min, 7, .max - 1]
            let files = try values.map { try fixture.model(NamedTensor("n", .i64, [$0])) }
            for (strategy, wanted) in [
                (Strategy.median, Int64.max - 2), (.trimmedmean(beta: 0.2), Int64((Int128(Int64.max) * 2 - 3 + 7) / 3)),
            ] as [(Strategy, Int64)] {
                var aggregator = try strategy.aggregator(reference: files[0])
                for (index, file) in files.enumerated() {
                    try aggregator.add(file, UpdateNumbers(node: "\(index)", examples: 1))
                }
                try aggregator.write(to: fixture.url("result"), metadata: [:])
                #expect(
                    try SafetensorsFile(mapping: fixture.url("result")).elements(of: "n", as: Int64.self) == [wanted]
                )
            }
        }
    }
}
