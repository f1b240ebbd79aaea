import API
package import ArgumentParser
import ControllerClient
import Core
import Foundation
import Subprocess

/// `fedops demo`: the product's main job on this machine, with every part real.
package struct Demo: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        abstract: "Show the whole way from a Git tag to a trained global model, on this machine.",
        discussion: """
            Makes a Git remote from an example, starts a controller, a server node and three client nodes as processes \
            on loopback, pushes v1.0.0, runs federated rounds, pushes v1.1.0 in the middle of them, and ends with a \
            table of rounds. Nothing outside of its folder is touched.
            """
    )

    @Option(help: "Folder of the example to deploy.")
    var example = "examples-repo"

    @Option(help: "Where to keep everything; a new temporary folder where absent.")
    var folder: String?

    @Option(help: "Rounds to run.")
    var rounds = 10

    @Flag(help: "Leave everything running, and say how to look at it and how to stop it.")
    var keep = false

    @Option(name: .shortAndLong, help: "table, or json for one JSON object at the end.")
    var output = DemoOutput.table

    enum DemoOutput: String, ExpressibleByArgument, CaseIterable { case table, json }

    package init() {}

    package func validate() throws {
        guard (2...1000).contains(rounds) else { throw ValidationError("--rounds takes a number from 2 to 1000") }
    }

    package func run() async throws {
        let console = DemoConsole(toStandardError: output == .json)
        let place = try workingFolder()
        let executable = try Self.ownExecutable()
        let summary = try await LocalFleet.run(executable: executable, folder: place) { fleet in
            let summary: DemoSummary
            do {
                summary = try await play(on: fleet, in: place, console)
            } catch {
                console.write("\nthe demo stopped; logs of all processes are in \(place.path)")
                throw error
            }
            if keep {
                try finish(summary, console)
                try leave(fleet, in: place, console)
            }
            return summary
        }
        try finish(summary, console)
        if folder == nil { try FileManager.default.removeItem(at: place) }
    }

    private func play(on fleet: LocalFleet, in place: URL, _ console: DemoConsole) async throws -> DemoSummary {
        console.write("fedops demo: one controller, one server node and three client nodes on this machine")
        console.step("A Git remote from \(example)")
        let repository = try await DemoRepository.create(from: URL(filePath: example), in: place)
        console.done(repository.url)

        console.step("Controller and nodes")
        let site = DemoSite(fleet: fleet, folder: place)
        let client = try await site.startController()
        console.done("controller at \(client.address)")
        for node in DemoSite.nodes {
            try await site.start(node, client)
            console.done("\(node.role.rawValue) node \(node.name) joined")
        }
        let task = "digits"
        _ = try await client.addTask(
            TaskRequest(name: task, source: SourceSpec(url: repository.url, tags: ">=1.0.0", interval: 5))
        )
        console.done("task \(task) follows tags >=1.0.0 of \(repository.url)")
        var story = DemoStory(client: client, repository: repository, console: console, task: task, rounds: rounds)
        return try await story.tell()
    }

    private func finish(_ summary: DemoSummary, _ console: DemoConsole) throws {
        switch output {
        case .table: console.write("\n" + summary.table)
        case .json:
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            try FileHandle.standardOutput.write(contentsOf: try encoder.encode(summary) + Data("\n".utf8))
        }
    }

    /// Ends this process and leaves the others running.
    private func leave(_ fleet: LocalFleet, in place: URL, _ console: DemoConsole) throws -> Never {
        let pids = fleet.running.values.sorted().map(String.init).joined(separator: "\n")
        try Data((pids + "\n").utf8).write(to: place.appending(path: "pids"))
        console.write(
            """

            Everything goes on running. To look at it:
              export FEDOPS_CONTROLLER=\(try DemoSite(fleet: fleet, folder: place).url()) FEDOPS_TOKEN_FILE=\(place.path)/controller/operator.token
              fedops status
            To stop it and remove what it made:
              xargs kill < \(place.path)/pids && rm -r \(place.path)
            """
        )
        Foundation.exit(0)
    }

    private func workingFolder() throws -> URL {
        let place =
            folder.map { URL(filePath: $0) }
            ?? FileManager.default.temporaryDirectory.appending(path: "fedops-demo-\(UUID().uuidString.prefix(8))")
        if FileManager.default.fileExists(atPath: place.path),
            try !FileManager.default.contentsOfDirectory(atPath: place.path).isEmpty
        {
            throw ValidationError("\(place.path) is not empty; name a new folder with --folder")
        }
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        return place.standardizedFileURL
    }

    private static func ownExecutable() throws -> String {
        guard let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") else {
            return URL(filePath: ProcessInfo.processInfo.arguments[0]).standardizedFileURL.path
        }
        return path
    }
}
