import API
import ArgumentParser
import ControllerClient

struct ArtifactCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "artifact",
        abstract: "Look at where artifacts come from, and check it.",
        subcommands: [ArtifactProvenance.self, ArtifactKeyShow.self, ArtifactVerify.self],
        aliases: ["artifacts"]
    )
}

struct ArtifactKeyShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: "Print the controller's public key, with which provenance is checked."
    )

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let key = try await options.client().artifactKey()
        try options.output.print(key) { _ in
            key.pem.split(separator: "\n").map { SafeText.line(String($0)) }
        }
    }
}
