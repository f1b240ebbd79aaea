import ArgumentParser
import ControllerClient

struct NodeResume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Let a drained node take part again."
    )

    @Argument(help: "The node's name.")
    var node: String

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let view = try await options.client().resumeNode(node)
        try options.output.print(view) { _ in ["node \(SafeText.line(node)) takes part again"] }
    }
}
