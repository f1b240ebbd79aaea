import Core

/// How a program that was written for people is called as a stage: its options by their names, given what FedOps has in
/// the stage's environment (docs/reference/stages.md, commands).
struct CommandLineGuess {
    private typealias Meaning = (names: [String], value: String)

    private static let folders = ["data", "data-dir", "data-folder", "data-path", "dataset", "input-dir"]
    private static let models = [
        "model", "weights", "checkpoint", "params", "init", "from", "model-file", "in", "input",
    ]
    private static let results = ["out", "output", "save", "save-to", "to", "out-file", "output-file", "model-out"]
    private static let reports = ["metrics", "report", "metrics-file", "metrics-out", "scores", "results"]
    private static let passes: [Meaning] = [
        (["epochs", "num-epochs", "n-epochs", "passes"], "$FEDOPS_EPOCHS"), (["round"], "$FEDOPS_ROUND"),
    ]
    private static let places: [Meaning] = [
        (["shard", "shard-id", "part", "partition", "partition-id", "client-id"], "${FEDOPS_LABEL_PARTITION_ID:-0}"),
        (
            ["shards", "num-shards", "parts", "partitions", "num-partitions", "num-clients"],
            "${FEDOPS_LABEL_NUM_PARTITIONS:-1}"
        ),
    ]

    let stage: Flow.StageName
    let program: String
    /// Those that the program's text speaks of.
    let options: [String]

    /// What `/bin/sh` is given; nil where none of the options is known, and the program is left to read its environment.
    var line: String? {
        var words = [program]
        var known: Set<String> = []
        for (names, value) in wanted {
            guard let option = option(names), known.insert(option).inserted else { continue }
            words += ["--\(option)", "\"\(value)\""]
        }
        return words.count > 1 ? words.joined(separator: " ") : nil
    }

    private var wanted: [Meaning] {
        switch stage {
        case .data:
            [(Self.results + ["out-dir", "output-dir"] + Self.folders + ["dir", "folder"], "$FEDOPS_DATA")]
                + Self.places
        case .model: [(Self.results + Self.models, "$FEDOPS_OUTPUT")]
        case .train:
            [
                (Self.folders, "$FEDOPS_DATA"), (Self.models, "$FEDOPS_MODEL"), (Self.results, "$FEDOPS_OUTPUT"),
            ] + Self.passes + [(Self.reports, "$FEDOPS_METRICS")]
        case .evaluate:
            [
                (Self.folders, "$FEDOPS_DATA"), (Self.models, "$FEDOPS_MODEL"),
                (Self.reports + Self.results, "$FEDOPS_METRICS"),
            ]
        }
    }

    private func option(_ names: [String]) -> String? {
        names.lazy.compactMap { name in options.first { $0.replacing("_", with: "-") == name } }.first
    }
}
