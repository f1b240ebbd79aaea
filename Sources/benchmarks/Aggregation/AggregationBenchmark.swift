import ArgumentParser
import Foundation
import Tensors
import TestSupport

/// FedAvg over files beside NumPy and Flower, on the same files, which the page cache holds.
struct AggregationBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "aggregation",
        abstract: "Average updates from safetensors files, beside NumPy and Flower.",
        discussion: "Needs python3, and takes numpy, safetensors and flwr from PyPI into .build/test-python once."
    )

    @Option(help: "Updates that are averaged.")
    var updates = 50

    @Option(help: "Single-precision elements of an update.")
    var elements = 25_000_000

    @Option(help: "Different files; the updates take turns with them.")
    var distinct = 4

    @Option(help: "Runs of each contender, in turn; the best times are shown.")
    var repeats = 5

    @Flag(help: "Leave Flower out, which holds all updates in memory twice.")
    var withoutFlower = false

    func validate() throws {
        guard updates > 0, elements > 0, distinct > 0, repeats > 0 else {
            throw ValidationError("All numbers must be 1 or more.")
        }
    }

    func run() async throws {
        let environment = try await PythonEnvironment(
            named: "aggregation",
            packages: ["numpy==2.4.6", "safetensors==0.8.0", "flwr==1.41.0"]
        )
        try await withFixture("aggregation") { fixture in
            for index in 0..<distinct {
                try makeUpdate(fixture.url("\(index).safetensors"), elements: elements, seed: UInt64(index))
            }
            var figures = contenders(environment.python).map { ($0, [AggregationFigures]()) }
            for round in 0..<repeats {
                for index in figures.indices where round == 0 || !figures[index].0.isHeavy {
                    let contender = figures[index].0
                    let order = AggregationOrder(
                        folder: fixture.folder.path,
                        updates: updates,
                        distinct: distinct,
                        output: fixture.url("mean-\(index).safetensors").path
                    )
                    figures[index].1.append(try await contender.child(order).run(AggregationFigures.self))
                }
            }
            try report(figures, in: fixture)
        }
    }

    private func report(_ figures: [(Contender, [AggregationFigures])], in fixture: Fixture) throws {
        let bytes = Double(updates) * Double(elements) * 4
        let exact = try SafetensorsFile(mapping: fixture.url("mean-\(Contender.exactIndex).safetensors"))
        var table = Table("contender", "sum s", "sum GB/s", "sum + write s", "CPU s", "peak MB", "largest error")
        for (index, (contender, runs)) in figures.enumerated() {
            let mean = try SafetensorsFile(mapping: fixture.url("mean-\(index).safetensors"))
            let sum = best(runs.map(\.sumSeconds))
            table.add(
                contender.name,
                sum.formatted(.number.precision(.fractionLength(2))),
                (bytes / sum / 1e9).formatted(.number.precision(.fractionLength(2))),
                best(runs.map { $0.sumSeconds + $0.writeSeconds }).formatted(.number.precision(.fractionLength(2))),
                best(runs.map(\.cpuSeconds)).formatted(.number.precision(.fractionLength(2))),
                (Double(runs.map(\.peakBytes).max() ?? 0) / 1e6).formatted(
                    .number.precision(.fractionLength(0)).grouping(.never)
                ),
                try largestDifference(mean, exact).formatted(
                    .number.notation(.scientific).precision(.significantDigits(2))
                )
            )
        }
        print(
            """
            \(updates) updates of \(elements) F32 (\(Int(bytes / 1e6)) MB in all, \(distinct) files in the page cache), \
            best of \(repeats), \(ProcessInfo.processInfo.activeProcessorCount) cores
            \(table)
            """
        )
    }
}

/// What a contender is asked to do: update `i` is the file `i % distinct` with `weight(of: i)` examples.
struct AggregationOrder {
    let folder: String
    let updates: Int
    let distinct: Int
    let output: String

    var arguments: [String] { [folder, String(updates), String(distinct), output] }

    /// From 1 to some thousands, as unlike as examples of real clients are.
    static func weight(of update: Int) -> Int { 1 + (update * 7919) % 5003 }
}

struct AggregationFigures: Codable {
    /// From before the first file is opened until the last is added.
    let sumSeconds: Double
    /// From then until the mean is in a file and the file on the disk.
    let writeSeconds: Double
    /// Of all cores, user and system, from the first file to the end.
    let cpuSeconds: Double
    let peakBytes: Int
}
