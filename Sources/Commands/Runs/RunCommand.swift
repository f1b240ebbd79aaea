import ArgumentParser

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Start runs of rounds, and watch them.",
        subcommands: [RunStart.self, RunList.self, RunShow.self, RunWatch.self, RunStop.self],
        aliases: ["runs"]
    )
}
