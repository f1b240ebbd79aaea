import Aggregation
import Foundation
import Tensors
import TestSupport
import Testing

/// A strategy under the name that the Python references know it by.
struct StrategyCase: Sendable, CustomTestStringConvertible {
    let name: String
    let strategy: Strategy

    init(_ name: String, _ strategy: Strategy) {
        self.name = name
        self.strategy = strategy
    }

    var testDescription: String { name }

    static let adam = FedAdam(eta: 0.1, beta1: 0.9, beta2: 0.99, tau: 0.001, biasCorrection: false)

    /// Those that Flower has too.
    static let flowers = [
        StrategyCase("fedavg", .fedavg),
        StrategyCase("fedprox", .fedprox),
        StrategyCase("fedavgm", .fedavgm(FedAvgM(eta: 0.7, beta: 0.9))),
        StrategyCase("fedadam", .fedadam(with(adam) { $0.biasCorrection = true })),
        StrategyCase("fedyogi", .fedyogi(FedYogi(eta: 0.01, beta1: 0.9, beta2: 0.99, tau: 0.001))),
        StrategyCase("fedadagrad", .fedadagrad(FedAdagrad(eta: 0.1, tau: 0.001))),
        StrategyCase("median", .median),
        StrategyCase("trimmedmean", .trimmedmean(beta: 0.2)),
        StrategyCase("krum", .krum(malicious: 2)),
        StrategyCase("bulyan", .bulyan(malicious: 2)),
    ]

    static let all =
        flowers + [
            StrategyCase("fedadam-paper", .fedadam(adam)),
            StrategyCase("scaffold", .scaffold(eta: 0.5, clients: nil)),
            StrategyCase("fednova", .fednova),
            StrategyCase("multikrum", .multikrum(malicious: 2, select: .honest)),
            StrategyCase("multikrum-3", .multikrum(malicious: 2, select: .count(3))),
        ]
}

func with<Value>(_ value: Value, _ change: (inout Value) -> Void) -> Value {
    var value = value
    change(&value)
    return value
}

/// Rounds of one strategy over updates that Python wrote: `base.safetensors`, and `ROUND-CLIENT.safetensors` with examples and
/// steps in their metadata. Each round starts from the model and the state of the one before.
struct StrategyRun {
    static let rounds = 3
    static let clients = 11

    let fixture: Fixture

    /// The model of each round.
    func models(_ test: StrategyCase, reversed: Bool = false) throws -> [SafetensorsFile] {
        var base = try SafetensorsFile(mapping: fixture.url("base.safetensors"))
        var state: SafetensorsFile?
        var models: [SafetensorsFile] = []
        for round in 0..<Self.rounds {
            var aggregator = try test.strategy.aggregator(reference: base, state: state)
            // In an order of its own, for it must not matter.
            let order = Array(0..<Self.clients)
            for client in reversed ? order.reversed() : order {
                let place = test.strategy == .scaffold(eta: 0.5, clients: nil) ? "control-" : ""
                let update = try SafetensorsFile(mapping: fixture.url("\(place)\(round)-\(client).safetensors"))
                let examples = try #require(update.metadata["examples"].flatMap { Int($0) })
                let steps = try #require(update.metadata["steps"].flatMap { Double($0) })
                // Of equal scores the first by name is chosen, as in the references the first by position.
                try aggregator.add(update, UpdateNumbers(node: "n\(client + 10)", examples: examples, steps: steps))
            }
            #expect(aggregator.updates == Self.clients)
            let place = fixture.url("\(UUID().uuidString).safetensors")
            try aggregator.write(to: place, metadata: ["round": "\(round)"])
            base = try SafetensorsFile(mapping: place)
            models.append(base)
            let stateFile = fixture.url("\(UUID().uuidString).safetensors")
            let hasState = try aggregator.writeState(to: stateFile, metadata: [:])
            #expect(hasState == test.strategy.keepsState)
            if hasState { state = try SafetensorsFile(mapping: stateFile) }
        }
        return models
    }
}

/// Holds a model against a reference: floats to a tolerance, all else bit for bit.
func expectSame(_ model: SafetensorsFile, _ wanted: SafetensorsFile, tolerance: Double, _ what: String) throws {
    #expect(Set(model.specs.map { "\($0.name) \($0)" }) == Set(wanted.specs.map { "\($0.name) \($0)" }), "\(what)")
    for spec in model.specs {
        switch spec.dtype {
        case .f64:
            let pairs = try zip(
                model.elements(of: spec.name, as: Double.self),
                wanted.elements(of: spec.name, as: Double.self)
            )
            let worst = pairs.map { abs($0 - $1) / max(1, abs($1)) }.max() ?? 0
            #expect(worst <= tolerance, "\(what): \(spec.name) is off by \(worst)")
        case .f32:
            let pairs = try zip(
                model.elements(of: spec.name, as: Float.self),
                wanted.elements(of: spec.name, as: Float.self)
            )
            let worst = pairs.map { Double(abs($0 - $1) / max(1, abs($1))) }.max() ?? 0
            #expect(worst <= tolerance, "\(what): \(spec.name) is off by \(worst)")
        default:
            let same = try model.withBytes(of: spec.name) { ours in
                try wanted.withBytes(of: spec.name) { ours.elementsEqual($0) }
            }
            #expect(same, "\(what): \(spec.name) differs")
        }
    }
}
