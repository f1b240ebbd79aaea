import ArgumentParser
import Commands

struct CompletionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completions",
        abstract: "Print a script that completes fedops in a shell.",
        discussion: """
            bash: fedops completions bash > /etc/bash_completion.d/fedops
            zsh: fedops completions zsh > "${fpath[1]}/_fedops"
            fish: fedops completions fish > ~/.config/fish/completions/fedops.fish
            """
    )

    enum Shell: String, ExpressibleByArgument, CaseIterable { case bash, zsh, fish }

    @Argument(help: "The shell.")
    var shell: Shell

    func run() {
        let kind: CompletionShell =
            switch shell {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        Console.current.line(FedOps.completionScript(for: kind))
    }
}

/// Prints `docs/reference/cli.md`, which a test holds against the commands.
struct ReferenceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "reference", shouldDisplay: false)

    func run() throws { Console.current.out(try CommandReference(FedOps.self).markdown()) }
}
