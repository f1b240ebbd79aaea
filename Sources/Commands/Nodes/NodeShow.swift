import ArgumentParser
import ControllerClient

struct NodeShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one node and what it does for each task."
    )

    @Argument(help: "The node's name.")
    var node: String

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let view = try await options.client().showNode(node)
        try options.output.print(view) { NodePage(view, $0).lines }
    }
}
