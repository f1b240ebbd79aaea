import API
import ArgumentParser
import ControllerClient

struct VersionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version",
        abstract: "Print the version of this binary, and of the controller where one answers."
    )

    @Flag(help: "Don't ask the controller.")
    var client = false

    @OptionGroup var options: GlobalOptions

    private struct Answer: Encodable {
        var version: String
        var protocolVersion: Int
        /// Null where it wasn't asked, or didn't answer.
        var controller: VersionView?

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(version, forKey: .version)
            try container.encode(protocolVersion, forKey: .protocolVersion)
            try container.encode(controller, forKey: .controller)
        }

        private enum Key: CodingKey { case version, protocolVersion, controller }
    }

    func run() async throws {
        var controller: VersionView?
        var why = "not asked"
        if !client {
            do {
                controller = try await options.client().version()
            } catch {
                // That nobody answers, or that no token is there to ask with, changes nothing of this binary's version.
                why = "\(error)"
            }
        }
        let answer = Answer(
            version: FedOpsVersion.current,
            protocolVersion: ProtocolVersion.current,
            controller: controller
        )
        try options.output.print(answer) { _ in
            [
                "fedops \(FedOpsVersion.current), protocol \(ProtocolVersion.current)",
                controller.map { "controller \(SafeText.line($0.version)), protocol \($0.protocolVersion)" }
                    ?? "controller: \(SafeText.line(why))",
            ]
        }
    }

}

/// The version of this binary.
package enum FedOpsVersion {
    package static let current = "0.1.0"
}
