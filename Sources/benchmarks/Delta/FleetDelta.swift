import API
import Commands
import ControllerClient
import Core
import Foundation
import TestSupport

/// A server node beside the controller, and a client node that reaches it through a relay.
struct FleetDelta: Sendable {
    let project: DeltaProject

    func measure(in fixture: Fixture) async throws -> DeltaFigures {
        let place = try fixture.makeFolder("fleet")
        return try await LocalFleet.run(executable: Products.fedops.path, folder: place) { fleet in
            let site = DemoSite(fleet: fleet, folder: place)
            let client = try await site.startController()
            guard let port = try URL(string: site.url())?.port else {
                throw BenchmarkError("the controller has no port")
            }
            let relay = try await Relay.start("relay-fedops", to: port, in: fixture)
            try await site.start(DemoSite.nodes[0], client)
            try await site.start(DemoSite.nodes[1], client, through: "http://127.0.0.1:\(relay.port)")

            let pushed = try await project.git.push(project.first)
            let source = SourceSpec(url: "file://\(project.git.remote.folder.path)", tags: "v*", interval: 600)
            _ = try await client.addTask(TaskRequest(name: TinyProject.task, source: source))
            let begun = try relay.bytes
            let first = try await client.ready(project.first, on: 2, pushed: pushed)
            let whole = try relay.bytes

            let again = try await project.git.push(project.second)
            try await client.pollTask(TinyProject.task)
            let change = try await client.ready(project.second, on: 2, pushed: again)
            let figures = DeltaFigures(
                name: "FedOps manager",
                first: whole - begun,
                firstSeconds: first.ready - first.built,
                change: try relay.bytes - whole,
                changeSeconds: change.ready - change.built
            )
            return try await explain(figures, client)
        }
    }

    /// Of what the bytes are: the artifact's manifest, and the blobs that the manager says it lacked.
    private func explain(_ figures: DeltaFigures, _ client: ControllerClient) async throws -> DeltaFigures {
        var figures = figures
        let revision = try await client.showRevision(task: TinyProject.task, revision: project.second.name)
        guard let digest = revision.digest else { return figures }
        let manifest = try await client.artifact(digest).count
        let lines = try await eventually("the node's log of \(project.second.name)") {
            let filter = LogFilter(node: DemoSite.nodes[1].name, stage: "prepare")
            let lines = try await client.taskLogs(task: TinyProject.task, filter).map(\.text)
            return lines.contains { $0.contains(project.second.commit.prefix(7)) } ? lines : nil
        }
        let fetched = lines.filter { $0.contains("fetching") && $0.contains(project.second.commit.prefix(7)) }
        figures.note = "the manifest has \(manifest) bytes; \(fetched.joined(separator: "; "))"
        return figures
    }
}
