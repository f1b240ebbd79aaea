import ArgumentParser

/// Figures of ours beside those of a peer, from the same run. Run by hand: `swift run -c release benchmarks NAME`.
///
/// A benchmark is a subcommand in a folder of its own. What is measured runs in a process of its own (`Child`), so that
/// its peak of memory is its own.
@main struct Benchmarks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmarks",
        abstract: "Measure parts of FedOps beside their peers.",
        subcommands: [
            AggregationBenchmark.self, PollBenchmark.self, PushBenchmark.self, DeltaBenchmark.self,
            StatusBenchmark.self, StrategiesBenchmark.self, EnginesBenchmark.self, AggregationChild.self,
            GitWorkerChild.self,
        ]
    )
}
