import API
import ArgumentParser
import ControllerClient
import Core

struct NodeDrain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain",
        abstract: "Take a node out of rounds to come. It still moves with rollouts.",
        discussion: "A round that it takes part in goes on; --wait returns when the node works on none any more."
    )

    @Argument(help: "The node's name.")
    var node: String

    @OptionGroup var waiting: WaitOptions
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let client = try options.client()
        var view = try await client.drainNode(node)
        if waiting.wait {
            view = try await Watch(timeout: waiting.limit.timeout)(for: "node \(node) being out of rounds") {
                let view = try await client.showNode(node)
                return view.tasks.allSatisfy { $0.reports?.epoch == nil } ? view : nil
            }
        }
        try options.output.print(view) { _ in
            ["node \(SafeText.line(node)) " + (waiting.wait ? "drained" : "is draining")]
        }
    }
}
