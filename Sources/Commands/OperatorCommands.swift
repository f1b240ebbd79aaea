package import ArgumentParser

/// The verbs that need nothing but a controller's API, or this machine's files; the executable adds those that run a
/// controller or a manager.
package enum OperatorCommands {
    package static let all: [any ParsableCommand.Type] = [
        StatusCommand.self, TaskCommand.self, RevisionCommand.self, ArtifactCommand.self, RolloutCommand.self,
        GateCommand.self,
        RunCommand.self, ModelCommand.self, NodeCommand.self, TokenCommand.self, LogsCommand.self, EventsCommand.self,
        CheckCommand.self, InitCommand.self, VersionCommand.self, Demo.self,
    ]
}
