import Core
import FlowRunner
import Foundation

/// A client, and what a worker is told to go on as it.
struct CastClient: Sendable {
    let node: LocalNode
    let played: PlayedClient
    /// Files of its rounds.
    let scratch: URL
}

/// All clients of a local federation, each with its labels and its share of the data.
struct Cast: Sendable {
    let split: DataSplit
    let clients: [CastClient]

    /// - Parameter dataTakes: What of the node the data stage is given: `node`, `labels` or `labels.NAME`.
    /// - Throws: `TreeError` where a split is asked for that can't be.
    init(_ options: FederationOptions, tree: WorkingTree, dataTakes: [String], folder: URL) throws {
        let takesNode = dataTakes.contains("node")
        let taken =
            dataTakes.contains("labels")
            ? Array(options.labels.keys)
            : options.labels.keys.filter { name in
                dataTakes.contains("labels.\(name)")
            }
        let isCommand = tree.flow.stages.data.command != nil
        let differs = isCommand || takesNode || taken.contains { $0 != FederationOptions.places }
        let split = options.split ?? (differs ? .none : .iid)
        if split != .none {
            guard !isCommand else {
                throw TreeError(
                    "--split \(split): the data stage is a command, and only what a function gives can be split"
                )
            }
            guard !takesNode else {
                throw TreeError(
                    "--split \(split): the data stage takes the node's name, so each client has data of its own already; "
                        + "use --split none"
                )
            }
        }
        self.split = split

        // Clients for which the data stage gives the same share it.
        let chance = Chance(seed: options.seed)
        let labels = (0..<options.clients).map { options.labels(at: $0) }
        let groups = labels.map { labels in taken.sorted().map { "\($0)=\(labels[$0] ?? "")" } }
        var sizes: [[String]: Int] = [:]
        let places = groups.map { group in
            defer { sizes[group, default: 0] += 1 }
            return sizes[group, default: 0]
        }
        clients = options.names.enumerated().map { index, name in
            let home = folder.appending(path: "clients/\(name)")
            return CastClient(
                node: LocalNode(name, task: tree.flow.task, role: .client, labels: labels[index], index: index),
                played: PlayedClient(
                    node: name,
                    labels: labels[index],
                    state: home.appending(path: "state"),
                    seed: chance.workerSeed("client/\(name)"),
                    split: split.share(seed: options.seed, count: sizes[groups[index]] ?? 1, index: places[index])
                ),
                scratch: home.appending(path: "round")
            )
        }
    }
}
