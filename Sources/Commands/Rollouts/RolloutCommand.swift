import ArgumentParser

struct RolloutCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollout",
        abstract: "Watch revisions go from node to node, and take them back.",
        subcommands: [
            RolloutList.self, RolloutShow.self, RolloutWatch.self, RolloutUndo.self, RolloutPause.self,
            RolloutResume.self,
        ],
        aliases: ["rollouts"]
    )
}
