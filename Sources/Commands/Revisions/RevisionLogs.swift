import API
import ArgumentParser
import ControllerClient
import Core

struct RevisionLogs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Print the log of a revision's build and tests.",
        discussion: "With -f the log is followed to the end of the build, and the status says how that went."
    )

    @OptionGroup var chosen: RevisionArguments

    @Flag(name: [.customShort("f"), .long], help: "Go on with the lines to come.")
    var follow = false

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let client = try options.client()
        let name = try await chosen.name(client)
        guard follow else {
            let log = try await client.revisionLog(task: chosen.task, revision: name)
            return try options.output.print(Listing(log)) { _ in log.map { SafeText.line($0.text) } }
        }
        var last = 0
        try await Following().run {
            for try await line in client.followRevisionLog(task: chosen.task, revision: name, after: last) {
                guard line.number > last else { continue }
                last = line.number
                try options.output.printNext(line) { _ in SafeText.line(line.text) }
            }
            return try await client.showRevision(task: chosen.task, revision: name).state.isFinal
        }
        let revision = try await client.showRevision(task: chosen.task, revision: name)
        if revision.state == .failed {
            throw CommandFailure("revision \(revision.name) failed: \(revision.reason ?? "no reason is known")")
        }
    }
}
