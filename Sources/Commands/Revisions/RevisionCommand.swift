import ArgumentParser

struct RevisionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revision",
        abstract: "Look at revisions, their builds and their logs.",
        subcommands: [RevisionList.self, RevisionShow.self, RevisionLogs.self],
        aliases: ["revisions", "rev"]
    )
}
