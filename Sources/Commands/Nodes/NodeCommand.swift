import ArgumentParser

struct NodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "node",
        abstract: "Look at nodes, and take them out of rounds.",
        subcommands: [NodeList.self, NodeShow.self, NodeDrain.self, NodeResume.self, NodeRemove.self],
        aliases: ["nodes"]
    )
}
