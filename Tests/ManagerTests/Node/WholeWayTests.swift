import API
import Artifacts
import ControllerClient
import Core
import Foundation
import Synchronization
import TestSupport
import Testing

/// Managers with the real controller: from a tag to a global model, and on to the next revision.
@Suite(.timeLimit(.minutes(5))) struct WholeWayTests {
    @Test("a pushed tag reaches all nodes, rounds run on it, and the next tag's rounds go on from their model")
    func tagToModel() async throws {
        try await withFixture { fixture in
            let controller = try await RealController.start(fixture)
            fixture.atEnd { fixture.log(controller.output) }
            let client = controller.client
            let first = try await controller.push(TestRevision.trainingFiles(1, step: 1), tag: "v1.0.0")
            let source = SourceSpec(url: controller.repository.folder.path, tags: "v*", interval: 1)
            _ = try await client.addTask(TaskRequest(name: "digits", source: source))
            var nodes: [String: TestNode] = [:]
            for (name, role) in [("server", NodeRole.server), ("a", .client), ("b", .client)] {
                let token = try await controller.token(role)
                nodes[name] = try await TestNode.start(name, role: role, url: controller.url, token: token, fixture)
            }
            try await waitForGate(client, commit: first)
            let run = try await client.startRun(task: "digits", RunRequest(rounds: 2))
            try await eventually("two rounds", within: .seconds(60)) {
                try await client.showRun(task: "digits", run: run.number).status == .completed
            }
            let models = try await client.listModels(task: "digits")
            #expect(models.map(\.version).sorted() == [1, 2])
            #expect(models.allSatisfy { $0.commit.text == first && $0.contributions.map(\.node) == ["a", "b"] })
            #expect(try await values(of: 2, client) == [2, 2])

            let second = try await controller.push(TestRevision.trainingFiles(2, step: 10), tag: "v1.1.0")
            try await client.pollTask("digits")
            try await waitForGate(client, commit: second)
            // A client that was away for the rollout's end comes back to the same commit.
            let a = try #require(nodes["a"])
            await a.drop()
            try a.start()
            try await waitForGate(client, commit: second)
            let next = try await client.startRun(task: "digits", RunRequest(rounds: 1))
            try await eventually("the next round", within: .seconds(60)) {
                try await client.showRun(task: "digits", run: next.number).status == .completed
            }
            #expect(try await values(of: 3, client) == [12, 12])
            let rounds = try await client.showRun(task: "digits", run: next.number).rounds ?? []
            #expect(rounds.allSatisfy { $0.commit.text == second })
            let lines = try await client.taskLogs(task: "digits", LogFilter(node: "b", stage: "train"))
            #expect(lines.map(\.text).suffix(1) == ["training revision 2"])
            #expect(Set(lines.map(\.id)).count == lines.count)
        }
    }

    private func waitForGate(_ client: ControllerClient, commit: String) async throws {
        let last = Mutex<GateVerdict?>(nil)
        do {
            try await eventually("the gate opens for \(commit)", within: .seconds(90)) {
                let verdict = try await client.gate(task: "digits")
                last.withLock { $0 = verdict }
                return verdict.open && verdict.commit?.text == commit && verdict.clients.count == 2
            }
        } catch {
            let newest = try await client.listRevisions(task: "digits").last
            throw WaitFailed(
                description: "\(error); the gate: \(String(describing: last.withLock { $0 })); "
                    + "the newest revision: \(String(describing: newest))"
            )
        }
    }

    private func values(of version: Int, _ client: ControllerClient) async throws -> [Double] {
        let grant = try await client.grantModel(task: "digits", version: version)
        let file = Mutex(Data())
        try await ControllerClient.model(grant) { piece, _ in file.withLock { $0.append(piece) } }
        let content = file.withLock { $0 }
        #expect(ContentDigest(of: content) == grant.digest)
        return content.suffix(16).withUnsafeBytes { bytes in
            (0..<2).map { bytes.loadUnaligned(fromByteOffset: $0 * 8, as: Double.self) }
        }
    }
}
