import API
import ArgumentParser
import ControllerClient
import Core
import Foundation

struct ModelPull: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull",
        abstract: "Fetch a global model as a safetensors file.",
        discussion: """
            It comes from the server node that holds it, which this machine has to reach; the controller only grants it. \
            A file appears only once it is whole and its SHA-256 is the model's; a pull that was cut goes on where it \
            stopped.
            """
    )

    @OptionGroup var chosen: ModelArguments

    @Option(
        help: ArgumentHelp("Where to put it; TASK-vVERSION.safetensors here where it is left out.", valueName: "file"),
        completion: .file()
    )
    var to: String?

    @Flag(help: "Replace a file that is there.")
    var force = false

    @OptionGroup var options: GlobalOptions

    private struct Pulled: Encodable {
        var task: String
        var version: Int
        var file: String
        var digest: ContentDigest
        var bytes: Int
    }

    func run() async throws {
        let client = try options.client()
        let version = try await chosen.number(client)
        let path = to ?? "\(chosen.task)-v\(version).safetensors"
        if !force, FileManager.default.fileExists(atPath: path) {
            throw CommandFailure(
                "\(path) is there already: give another file by --to, or --force to replace it",
                .usage
            )
        }
        let grant = try await client.grantModel(task: chosen.task, version: version)
        let download = ModelDownload(grant: grant, file: URL(filePath: path))
        try await download.run(showing: options.output.format == .table ? Console.current : nil)
        let pulled = Pulled(
            task: chosen.task,
            version: version,
            file: path,
            digest: grant.digest,
            bytes: grant.bytes
        )
        try options.output.print(pulled) { _ in
            [
                "model v\(version) of \(SafeText.line(chosen.task)), \(Measures.bytes(grant.bytes)): \(SafeText.line(path))"
            ]
        }
    }
}
