import Aggregation
import Foundation
import Tensors
import TestSupport
import Testing

/// What FedProx is for: devices that differ, most of them too slow.
@Suite struct StragglerTests {
    @Test("on Synthetic(1,1) with 90 % stragglers, FedProx with mu 1 beats FedAvg, which leaves them out")
    func stragglers() async throws {
        let python = try await PythonEnvironment.numpy()
        try await withFixture { fixture in
            let federation = SyntheticFederation(
                fixture,
                python: python,
                [.init("fedavg", mu: 0, dropsStragglers: true), .init("fedprox", mu: 1, dropsStragglers: false)]
            )
            let curves = try await federation.run(rounds: 25) { variant, model, updates in
                let strategy: Strategy = variant.name == "fedavg" ? .fedavg : .fedprox
                var aggregator = try strategy.aggregator(reference: SafetensorsFile(mapping: model))
                for update in updates {
                    try aggregator.add(
                        SafetensorsFile(mapping: update.file),
                        UpdateNumbers(node: update.file.lastPathComponent, examples: update.examples)
                    )
                }
                try aggregator.write(to: model, metadata: [:])
            }
            // The mean of the last rounds: FedAvg's curve jumps.
            func loss(_ name: String) throws -> Double {
                let last = try #require(curves[name]).suffix(5).map(\.loss)
                return last.reduce(0, +) / Double(last.count)
            }
            let (average, proximal) = (try loss("fedavg"), try loss("fedprox"))
            #expect(proximal < 1.5 && proximal < average / 1.5, "FedProx \(proximal), FedAvg \(average)")
        }
    }
}
