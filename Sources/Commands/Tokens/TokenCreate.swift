import API
import ArgumentParser
import ControllerClient
import Core

struct TokenCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make a token, and print it: it is shown this once.",
        discussion: "The node then joins with: fedops manager join URL --token TOKEN"
    )

    @Option(help: "The role that the node gets.")
    var role: NodeRole

    @Option(
        name: [.customShort("l"), .long],
        help: ArgumentHelp("Label that the node gets; may be repeated.", valueName: "name=value")
    )
    var label: [LabelArgument] = []

    @Option(help: ArgumentHelp("How long the token may be used.", valueName: "duration"))
    var ttl = FlowDuration.hours(1)

    @Option(help: "The only node that may use it.")
    var node: String?

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let token = try await options.client().createToken(
            TokenRequest(role: role, labels: LabelArgument.map(label), ttl: ttl.seconds, node: node)
        )
        // Alone on its line, so that a script can take it as it is.
        try options.output.print(token) { _ in [SafeText.line(token.token ?? "")] }
    }
}
