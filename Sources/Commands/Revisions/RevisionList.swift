import API
import ArgumentParser
import ControllerClient
import Core

struct RevisionList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List a task's revisions.",
        aliases: ["list"]
    )

    @Argument(help: "The task's name.")
    var task: String

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let revisions = try await options.client().listRevisions(task: task)
        try options.output.print(Listing(revisions)) { console in
            var table = Table(
                "NUMBER#",
                "NAME",
                "COMMIT",
                "STATE",
                "DIGEST",
                "SIZE#",
                "AGE",
                "SUBJECT*",
                empty: "no revisions of \(SafeText.line(task)) yet; push a tag that its rule takes"
            )
            for revision in revisions {
                table.add(
                    .init("\(revision.number)"),
                    .init(revision.name, .strong),
                    .init(revision.commit.short),
                    .init(revision.state.rawValue, RevisionPage.paint(revision.state)),
                    .init(revision.digest?.short ?? "-"),
                    .init(Measures.bytes(revision.bytes)),
                    .init(Measures.age(revision.created, console)),
                    .init(revision.reason ?? revision.subject ?? "")
                )
            }
            return table.lines(console)
        }
    }
}
