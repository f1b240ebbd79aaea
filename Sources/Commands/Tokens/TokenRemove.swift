import ArgumentParser
import ControllerClient

struct TokenRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Remove tokens, used or not.",
        aliases: ["delete"]
    )

    @Argument(help: "Ids of tokens.")
    var ids: [String]

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let client = try options.client()
        for id in ids {
            try await client.removeToken(id)
            try options.output.printNext(["token": id]) { _ in "token \(SafeText.line(id)) removed" }
        }
    }
}
