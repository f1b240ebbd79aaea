import ArgumentParser
import Foundation
import Testing

@testable import Commands
@testable import fedops

@Suite struct ReferenceTests {
    @Test("docs/reference/cli.md is what `fedops reference` prints")
    func reference() throws {
        let path = Checkout.root.appending(path: "docs/reference/cli.md")
        let written = try String(contentsOf: path, encoding: .utf8)
        #expect(
            try CommandReference(FedOps.self).markdown() == written,
            "run: fedops reference > docs/reference/cli.md"
        )
    }

    /// The paths of all verbs.
    private func verbs(_ command: any ParsableCommand.Type, _ path: [String]) -> [String] {
        let inner = command.configuration.subcommands
        if inner.isEmpty { return [path.joined(separator: " ")] }
        return inner.flatMap { verbs($0, path + [$0.configuration.commandName ?? ""]) }
    }

    @Test("every verb that was promised is there")
    func complete() {
        let verbs = Set(verbs(FedOps.self, []))
        for group in [
            "controller run", "task add|ls|show|rm|poll", "manager join|run", "node ls|show|drain|resume|rm",
            "token create|ls|rm", "revision ls|show|logs", "rollout ls|show|watch|undo|pause|resume",
            "run start|ls|show|watch|stop", "model ls|show|pull",
        ] {
            let words = group.split(separator: " ")
            for verb in words[1].split(separator: "|") { #expect(verbs.contains("\(words[0]) \(verb)")) }
        }
        #expect(verbs.isSuperset(of: ["status", "gate", "logs", "events", "check", "version", "completions"]))
    }

    @Test("each shell gets a script", arguments: ["bash", "zsh", "fish"])
    func completions(shell: String) async {
        let recorder = Recorder()
        let status = await Console.$current.withValue(recorder.console()) {
            await CommandLineTool.run(FedOps.self, ["completions", shell])
        }
        #expect(status == 0)
        #expect(recorder.out.contains("rollout"))
    }
}
