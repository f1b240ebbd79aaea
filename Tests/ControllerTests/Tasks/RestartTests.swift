import API
import Controller
import Core
import Foundation
import Store
import TestSupport
import Testing

@Suite struct RestartTests {
    @Test("a controller that restarts in a round keeps its ticket, and trusts no report from before")
    func midRound() async throws {
        try await withFixture { fixture in
            let world = try await Federation.start(fixture)
            world.server.setAnswersRounds(false)
            let ticket = try await world.running {
                _ = try await world.deploy("v1.0.0")
                _ = try await world.controller.operator.send(.startRun, "digits", body: RunRequest(rounds: 2))
                return try await eventually("the server node has the ticket") { world.server.ticket("digits") }
            }
            try await world.controller.stop()
            let controller = try await TestController.start(fixture)
            let client = try controller.operator
            let task: TaskView = try await client.get(.showTask, "digits")
            #expect(task.run?.round?.epoch == ticket.epoch)
            #expect(task.gate.open == false)
            #expect(task.nodes.allSatisfy { !$0.online })
            let managers = world.managers.map { $0.moved(to: controller) }
            let again = try await managers[0].report()
            #expect(again.tasks.first?.ticket == ticket)
            // The round ends, and no other opens until every node has been heard again.
            #expect(
                try await managers[0].post(SimulatedManager.result(of: ticket), task: "digits") == .promoted(version: 1)
            )
            let ended: TaskView = try await client.get(.showTask, "digits")
            #expect(ended.run?.round == nil)
            #expect(ended.gate.reasons.contains { $0.node == "site-1" && $0.why.hasPrefix("offline") })
            for manager in managers { try await manager.step() }
            let next = try await eventually("the next round opens") { () -> Ticket? in
                for manager in managers { try await manager.step() }
                return managers[0].ticket("digits").flatMap { $0.epoch > ticket.epoch ? $0 : nil }
            }
            #expect(next.base == ModelReference(version: 1, digest: SimulatedManager.digest(of: ticket)))
        }
    }

    @Test("two controllers on one data folder")
    func twoControllers() async throws {
        try await withFixture { fixture in
            _ = try await TestController.start(fixture)
            let error = await #expect(throws: StoreError.self) {
                _ = try await TestController.start(fixture, patience: .zero)
            }
            #expect(error?.description.contains("in use by another controller") == true)
        }
    }

    @Test("a port that is taken is told, with what to do")
    func port() async throws {
        try await withFixture { fixture in
            let first = try await TestController.start(fixture)
            let port = Int(first.url.split(separator: ":").last ?? "") ?? 0
            let error = await #expect(throws: ControllerStartError.self) {
                _ = try await TestController.start(fixture, folder: "other") { $0.port = port }
            }
            #expect(error?.description.contains("choose another --listen") == true)
        }
    }

    @Test("what a killed controller had accepted is there when it runs again")
    func killed() async throws {
        try await withFixture { fixture in
            let repository = try await FlowRepository.make(fixture)
            try await repository.release("v1.0.0", flow: "build: [{run: \"sleep 3\"}]")
            var (process, url) = try await start(fixture, 0)
            let token = try String(contentsOf: fixture.url("data/operator.token"), encoding: .utf8)
            func client() -> TestClient {
                TestClient(url: url, bearer: token.trimmingCharacters(in: .whitespacesAndNewlines))
            }
            let spec = SourceSpec(url: repository.url, interval: 1)
            _ = try await client().send(.addTask, body: TaskRequest(name: "digits", source: spec))
            for round in 1...5 {
                _ = try? await client().send(.pollTask, "digits")
                // Somewhere in a poll, a fetch or a build: the moment differs from round to round.
                try await Task.sleep(for: .milliseconds(200 * round))
                process.send(SIGKILL)
                try await process.waitForExit()
                (process, url) = try await start(fixture, round)
                #expect(try await client().list(TaskView.self, .listTasks).map(\.name) == ["digits"])
                let revisions = try await client().list(RevisionView.self, .listRevisions, "digits")
                #expect(revisions.count <= 1)
            }
            try await eventually("the build that was cut again and again is done", within: .seconds(30)) {
                try await client().list(RevisionView.self, .listRevisions, "digits").first?.state == .ready
            }
            let rollouts = try await eventually("its release was delivered") {
                let found = try await client().list(RolloutView.self, .listRollouts, "digits")
                return found.isEmpty ? nil : found
            }
            #expect(rollouts.map(\.to) == ["v1.0.0"])
            let events = try await client().list(EventView.self, .taskEvents, "digits")
            #expect(events.count { $0.message.contains("is built and tested") } == 1)
        }
    }

    @Test("a signal ends the process within seconds, whatever streams are open")
    func signal() async throws {
        try await withFixture { fixture in
            let (process, url) = try await start(fixture, 0)
            let token = try String(contentsOf: fixture.url("data/operator.token"), encoding: .utf8)
            let client = TestClient(url: url, bearer: token.trimmingCharacters(in: .whitespacesAndNewlines))
            let streams = try await (0..<10).asyncMap { _ in
                try await client.events(.events, [], query: "?follow=true")
            }
            process.send(SIGTERM)
            #expect(try await process.waitForExit(within: .seconds(8)) == 0)
            for stream in streams { for try await _ in stream {} }
        }
    }

    private func start(_ fixture: Fixture, _ number: Int) async throws -> (BackgroundProcess, String) {
        let process = try await BackgroundProcess.start(
            "controller-\(number)",
            try Products.fedops.path,
            [
                "controller", "run", "--data", fixture.url("data").path, "--listen", "127.0.0.1:0",
                "--allow-file-remotes",
            ],
            fixture: fixture
        )
        try await process.waitForOutput("listening on ")
        let url = try await eventually("it tells its URL") {
            process.output.split(separator: "\n").first { $0.hasPrefix("listening on ") }.map {
                String($0.dropFirst(13))
            }
        }
        return (process, url)
    }
}

extension Sequence {
    fileprivate func asyncMap<Value>(_ transform: (Element) async throws -> Value) async throws -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await transform(element)) }
        return values
    }
}
