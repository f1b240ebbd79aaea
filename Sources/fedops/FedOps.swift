import ArgumentParser
import Commands
import Foundation
import Git

/// `fedops`: one binary for the controller, the managers and the operators.
struct FedOps: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fedops",
        abstract: "Federated learning from Git: a pushed tag becomes rounds on that commit, and on no other.",
        discussion: """
            Ends with 0 when it worked, 1 when it failed, 2 when the arguments can't be used, 3 when there is no such \
            thing, 4 when the controller can't be reached, and 5 when it refuses.
            """,
        version: FedOpsVersion.current,
        subcommands: OperatorCommands.all + [
            TryCommand.self, SimulateCommand.self, ControllerCommand.self, ManagerCommand.self, CompletionsCommand.self,
            ReferenceCommand.self,
        ]
    )
}

@main
enum Main {
    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        // Started by the controller for everything that talks to a remote; it reads standard input only.
        if arguments == ["git-worker"] { exit(GitWorker.main()) }
        exit(await CommandLineTool.run(FedOps.self, arguments))
    }
}
