import API
import ArgumentParser
import ControllerClient
import Core

struct RevisionShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one revision, and why it failed where it did."
    )

    @OptionGroup var chosen: RevisionArguments
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let client = try options.client()
        let revision = try await client.showRevision(task: chosen.task, revision: try await chosen.name(client))
        try options.output.print(revision) { RevisionPage(revision, $0).lines }
    }
}

/// A task, and a revision of it.
struct RevisionArguments: ParsableArguments {
    @Argument(help: "The task's name.")
    var task: String

    @Argument(help: "The revision's name, such as a tag, or its number; the newest where it is left out.")
    var revision: String?

    func name(_ client: ControllerClient) async throws -> String {
        if let revision { return revision }
        guard let newest = try await client.listRevisions(task: task).map(\.number).max() else {
            throw CommandFailure("task \(task) has no revisions yet: push a tag that its rule takes", .notFound)
        }
        return String(newest)
    }
}
