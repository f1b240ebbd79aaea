import API
import ArgumentParser
import Commands
import ControllerClient
import Core
import Foundation
import TestSupport

/// `fedops status` from start to finish, beside commands that people run as often.
struct StatusBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Run fedops status against a controller, beside curl, git status and git ls-remote.",
        discussion: "Needs git, curl and the fedops executable beside this one (swift build -c release)."
    )

    @Option(help: "Tasks of the controller, each on all nodes.")
    var tasks = 10

    @Option(help: "Nodes, whose managers are simulated: what they would report is sent for them.")
    var nodes = 50

    @Option(help: "Runs of each command, in turn.")
    var repeats = 30

    func validate() throws {
        guard tasks > 0, nodes > 1, repeats > 0 else { throw ValidationError("Give one or more, and two nodes.") }
    }

    func run() async throws {
        let (tasks, nodes, repeats) = (tasks, nodes, repeats)
        let table = try await withWorkplace("status") { fixture in
            let project = try await TinyProject(in: fixture)
            let tag = try await project.prepare("v1.0.0", ["VERSION": "1\n"])
            _ = try await project.push(tag)
            let place = try fixture.makeFolder("fleet")
            return try await LocalFleet.run(executable: Products.fedops.path, folder: place) { fleet in
                let site = DemoSite(fleet: fleet, folder: place)
                let client = try await site.startController()
                let simulated = try await SimulatedNodes(client, at: site.url(), count: nodes)
                for index in 1...tasks {
                    let source = SourceSpec(url: "file://\(project.remote.folder.path)", tags: "v*", interval: 600)
                    _ = try await client.addTask(TaskRequest(name: "task-\(index)", source: source))
                }
                try await eventually("\(tasks) tasks run on \(nodes) nodes", within: .seconds(300)) {
                    try await simulated.report()
                    let status = try await client.status()
                    return status.nodesOnline == nodes && status.tasks.count == tasks
                        && status.tasks.allSatisfy { $0.rollout?.phase == .completed && $0.gate.open }
                }
                let contenders = try await StatusContender.all(
                    controller: site.url(),
                    tokenFile: place.appending(path: "controller/operator.token"),
                    repository: project.remote.folder,
                    in: fixture
                )
                return try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await simulated.keepReporting() }
                    defer { group.cancelAll() }
                    return try await measure(contenders, repeats)
                }
            }
        }
        print("\(tasks) tasks, each on \(nodes) nodes; \(repeats) runs each, in turn\n\(table)")
    }

    private func measure(_ contenders: [StatusContender], _ repeats: Int) async throws -> Table {
        var times = contenders.map { _ in Times() }
        var bytes = contenders.map { _ in 0 }
        for _ in 0..<repeats {
            for (index, contender) in contenders.enumerated() {
                let output = try await times[index].time { try await contender.run() }
                guard !output.isEmpty else { throw BenchmarkError("\(contender.name) has printed nothing") }
                bytes[index] = output.utf8.count
            }
        }
        var table = Table("command", "best ms", "median ms", "p95 ms", "CPU ms", "output bytes")
        for (index, contender) in contenders.enumerated() {
            let time = times[index]
            table.add(contender.name, time.best, time.median, time.late, time.cpu, String(bytes[index]))
        }
        return table
    }
}

/// A command that answers how things are.
struct StatusContender: Sendable {
    let name: String
    let run: @Sendable () async throws -> String

    static func all(controller: String, tokenFile: URL, repository: URL, in fixture: Fixture) async throws -> [Self] {
        let fedops = try Products.fedops.path
        let token = try String(contentsOf: tokenFile, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        // Not in curl's arguments, which everyone on the machine can list.
        let header = try fixture.write("header = \"Authorization: Bearer \(token)\"\n", to: "curl.conf", mode: 0o600)
        let environment = ["FEDOPS_CONTROLLER": controller, "FEDOPS_TOKEN_FILE": tokenFile.path]
        let copy = fixture.url("copy")
        try await requireProcess("git", ["clone", "--quiet", repository.path, copy.path], environment: gitEnvironment)
        return [
            Self(name: "fedops status") { try await requireProcess(fedops, ["status"], environment: environment) },
            Self(name: "fedops status -o json") {
                try await requireProcess(fedops, ["status", "-o", "json"], environment: environment)
            },
            Self(name: "fedops --help (starts, and asks nobody)") { try await requireProcess(fedops, ["--help"]) },
            Self(name: "curl of the same route") {
                try await requireProcess("curl", ["-sSf", "-K", header.path, controller + Route.status.path])
            },
            Self(name: "git status, 3 files") {
                try await requireProcess("git", ["status"], in: copy, environment: gitEnvironment)
            },
            Self(name: "git ls-remote, folder") {
                try await requireProcess("git", ["ls-remote", repository.path], environment: gitEnvironment)
            },
        ]
    }

    private static let gitEnvironment = GitRepository.environment
}
