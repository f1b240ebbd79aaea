import Aggregation
import ArgumentParser
import Foundation
import Tensors
import TestSupport

/// FedProx beside FedAvg where most devices are stragglers, on the data of FedProx's paper.
struct StrategiesBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "strategies",
        abstract: "Draw FedProx beside FedAvg on Synthetic(1,1) with stragglers.",
        discussion: "Needs python3, and takes numpy and safetensors from PyPI into .build/test-python once."
    )

    @Option(help: "Rounds of each curve.")
    var rounds = 50

    @Option(help: "Share of the devices of a round that don't make all their epochs.")
    var stragglers = 0.9

    @Option(help: "Where the picture is written.")
    var output = "docs/reference/fedprox-stragglers.svg"

    func run() async throws {
        let python = try await PythonEnvironment.numpy()
        let variants = [
            SyntheticFederation.Variant("FedAvg, stragglers left out", mu: 0, dropsStragglers: true),
            SyntheticFederation.Variant("FedProx, mu 0", mu: 0, dropsStragglers: false),
            SyntheticFederation.Variant("FedProx, mu 1", mu: 1, dropsStragglers: false),
        ]
        let curves = try await withFixture("strategies") { fixture in
            try await SyntheticFederation(fixture, python: python, stragglers: stragglers, variants)
                .run(rounds: rounds) { variant, model, updates in
                    let strategy: Strategy = variant.dropsStragglers ? .fedavg : .fedprox
                    var aggregator = try strategy.aggregator(reference: SafetensorsFile(mapping: model))
                    for update in updates {
                        try aggregator.add(
                            SafetensorsFile(mapping: update.file),
                            UpdateNumbers(node: update.file.lastPathComponent, examples: update.examples)
                        )
                    }
                    try aggregator.write(to: model, metadata: [:])
                }
        }
        var table = Table("variant", "loss", "accuracy")
        for variant in variants {
            guard let last = curves[variant.name]?.last else { continue }
            table.add(
                variant.name,
                last.loss.formatted(.number.precision(.fractionLength(3))),
                last.accuracy.formatted(.percent.precision(.fractionLength(1)))
            )
        }
        print(table)
        let chart = LineChart(
            title: "Synthetic(1,1), \(Int(stragglers * 100)) % stragglers: training loss by round",
            curves: variants.map { ($0.name, (curves[$0.name] ?? []).map(\.loss)) }
        )
        try Data(chart.svg.utf8).write(to: URL(filePath: output))
        print("written to \(output)")
    }
}
