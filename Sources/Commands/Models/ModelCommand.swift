import ArgumentParser

struct ModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model",
        abstract: "Look at global models, and fetch them.",
        subcommands: [ModelList.self, ModelShow.self, ModelPull.self],
        aliases: ["models"]
    )
}
