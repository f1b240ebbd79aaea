import API
import ArgumentParser
import ControllerClient
import Core
import Foundation

struct ArtifactProvenance: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "provenance",
        abstract: "Show who built a revision's artifact, from what and how.",
        discussion: """
            With -o json it is the signed envelope, which fedops artifact verify checks without a controller: keep it as a \
            file. Without it the controller's word is shown as it came, unchecked.
            """
    )

    @OptionGroup var chosen: RevisionArguments
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let client = try options.client()
        let name = try await chosen.name(client)
        let envelope = try await client.revisionProvenance(task: chosen.task, revision: name)
        guard let payload = Data(base64Encoded: envelope.payload),
            let provenance = try? JSONDecoder().decode(Provenance.self, from: payload)
        else { throw CommandFailure("the controller's answer can't be read: is it of another version?") }
        try options.output.print(envelope) { ProvenancePage(provenance, $0).lines }
    }
}

/// An account of a build, for people.
struct ProvenancePage {
    private(set) var lines: [String] = []

    init(_ provenance: Provenance, _ console: Console) {
        let definition = provenance.predicate.buildDefinition
        let given = definition.externalParameters
        let run = provenance.predicate.runDetails
        var page = Page(console)
        for subject in provenance.subject {
            page.field("Artifact", subject.name, .strong)
            page.field("Manifest", subject.digest["sha256"].map { "sha256:\($0)" })
        }
        page.field("Commit", provenance.commit)
        page.field("Source", "\(given.source.uri), \(given.source.ref), flow \(given.flow)")
        let passed =
            definition.internalParameters.stepsPassed.map { ", passed on the same files at \($0.iso8601)" } ?? ""
        for step in given.steps {
            page.field("Step", "\(step.kind.rawValue) \(step.name): \(step.command.joined(separator: " "))\(passed)")
        }
        if !provenance.packages.isEmpty {
            let found = definition.internalParameters
            page.field(
                "Packages",
                "\(provenance.packages.count) for Python \(found.python ?? "?") on \(found.platform ?? "?")"
            )
        }
        let version = run.builder.version.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        page.field("Builder", "\(run.builder.id), \(version.joined(separator: ", "))")
        page.field("Built", "\(run.metadata.finishedOn.iso8601)")
        lines = page.lines
    }
}
