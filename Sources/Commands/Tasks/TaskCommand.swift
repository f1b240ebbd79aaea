import ArgumentParser

struct TaskCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "task",
        abstract: "Add, look at and remove tasks.",
        subcommands: [TaskAdd.self, TaskList.self, TaskShow.self, TaskPoll.self, TaskRemove.self],
        aliases: ["tasks"]
    )
}
