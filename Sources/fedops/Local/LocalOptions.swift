import ArgumentParser
import Commands
import Core
import Foundation
import Simulation

/// What `try` and `simulate` both take.
struct LocalOptions: ParsableArguments {
    @Argument(help: "The flow's file, or the folder that it is in.", completion: .file())
    var path = "."

    @Option(
        help: ArgumentHelp(
            "How the data are divided: \(DataSplit.rule).",
            discussion: """
                Without it nothing is divided where the data stage takes $node, or a label that clients have, and else the \
                examples are dealt out evenly (iid).
                """,
            valueName: "how"
        )
    )
    var split: DataSplit?

    @Option(help: "Local epochs a round; the flow's where absent.")
    var epochs: Int?

    @Option(
        name: [.customShort("l"), .long],
        help: ArgumentHelp(
            "Values of a label, which clients get in turn; may be repeated.",
            valueName: "name=value,value"
        )
    )
    var label: [LabelValues] = []

    @Option(help: "Decides over the split and all chance.")
    var seed = 0

    @Option(
        help: ArgumentHelp(
            "The interpreter for the stages.",
            discussion: """
                Without it the active environment's, the project's own .venv's, or that of PATH, the first that has what the \
                flow's requirements name; else one that is made of them, and kept in XDG_CACHE_HOME or ~/.cache.
                """,
            valueName: "path"
        ),
        completion: .file()
    )
    var python: String?

    @Option(
        name: [.customShort("e"), .long],
        help: ArgumentHelp("Environment for the workers; may be repeated.", valueName: "NAME=value")
    )
    var env: [String] = []

    @Option(help: ArgumentHelp("Write a picture of the metrics.", valueName: "file.svg"), completion: .file())
    var plot: String?

    @Option(
        help: ArgumentHelp(
            "Write rounds to the flow's experiment trackers, whose files go below this folder.",
            valueName: "folder"
        ),
        completion: .directory
    )
    var track: String?

    @Flag(help: "Leave everything on disk, all global models among it, and say where.")
    var keep = false

    @Flag(name: .shortAndLong, help: "Show what the stages print.")
    var verbose = false

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard epochs.map({ (1...1_000_000).contains($0) }) ?? true else {
            throw ValidationError("--epochs is 1 to 1000000")
        }
        guard seed >= 0 else { throw ValidationError("--seed is 0 or more") }
        for entry in env {
            guard let equals = entry.firstIndex(of: "="), equals > entry.startIndex else {
                throw ValidationError("--env takes NAME=value, not \"\(SafeText.line(entry))\"")
            }
        }
    }

    var federation: FederationOptions {
        var options = FederationOptions()
        options.split = split
        options.epochs = epochs
        options.labels = Dictionary(label.map { ($0.name, $0.values) }) { $1 }
        options.seed = seed
        options.keepsModels = keep
        options.trackerFiles = track.map { URL(filePath: $0).absoluteURL.standardizedFileURL }
        options.environment = Dictionary(
            env.map { entry in
                let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                return (parts[0], parts[1])
            }
        ) { $1 }
        return options
    }
}

/// `site=north,east,south`.
struct LabelValues: ExpressibleByArgument, Sendable {
    let name: String
    let values: [String]

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, Label.isName(parts[0]) else { return nil }
        name = parts[0]
        values = parts[1].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard values.allSatisfy(Label.isValue) else { return nil }
    }
}

extension DataSplit: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}
