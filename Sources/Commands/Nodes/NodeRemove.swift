import ArgumentParser
import ControllerClient

struct NodeRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Remove nodes. Their secrets are worth nothing from then on; to come back they join again.",
        aliases: ["delete"]
    )

    @Argument(help: "Names of nodes.")
    var nodes: [String]

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let client = try options.client()
        for node in nodes {
            try await client.removeNode(node)
            try options.output.printNext(["node": node]) { _ in "node \(SafeText.line(node)) removed" }
        }
    }
}
