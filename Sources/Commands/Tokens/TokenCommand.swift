import ArgumentParser

struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Make tokens with which nodes join, once each.",
        subcommands: [TokenCreate.self, TokenList.self, TokenRemove.self],
        aliases: ["tokens"]
    )
}
