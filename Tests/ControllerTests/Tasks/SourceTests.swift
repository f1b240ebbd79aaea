import API
import Controller
import Core
import Foundation
import TestSupport
import Testing

/// From what happens in a real remote to what the controller makes of it.
@Suite struct SourceTests {
    private func add(
        _ controller: TestController,
        _ url: String,
        name: String = "digits",
        tags: String = "v*",
        deployOn: SourceSpec.DeployOn = .tag
    ) async throws {
        let spec = SourceSpec(url: url, tags: tags, interval: 1, deployOn: deployOn)
        let answer = try await controller.operator.send(.addTask, body: TaskRequest(name: name, source: spec))
        #expect(answer.status == 201)
    }

    private func poll(_ controller: TestController, _ task: String = "digits") async throws -> SourceView {
        try await controller.operator.send(.pollTask, task).decode()
    }

    private func revisions(_ controller: TestController, _ task: String = "digits") async throws -> [RevisionView] {
        try await controller.operator.list(RevisionView.self, .listRevisions, task)
    }

    private func warnings(_ controller: TestController, _ task: String = "digits") async throws -> [String] {
        try await controller.operator.list(EventView.self, .taskEvents, task)
            .filter { $0.kind == .warning }.map(\.message)
    }

    @Test("a tag becomes a revision that is built; the branch alone doesn't")
    func tags() async throws {
        try await withFixture { fixture in
            let (controller, repository) = (
                try await TestController.start(fixture), try await FlowRepository.make(fixture)
            )
            try await repository.release(nil)
            try await add(controller, repository.url)
            #expect(try await poll(controller).head != nil)
            #expect(try await revisions(controller).isEmpty)
            let commit = try await repository.release("v1.0.0")
            let ready = try await eventually("the revision is ready") {
                try await revisions(controller).first { $0.state == .ready }
            }
            #expect(ready.name == "v1.0.0")
            #expect(ready.commit == commit)
            #expect(ready.subject == "Release v1.0.0")
            let digest = try #require(ready.digest)
            let manifest = try await controller.operator.send(.artifact, digest.description)
            #expect(manifest.status == 200)
            #expect(String(decoding: manifest.body, as: UTF8.self).contains("fedops.yaml"))
        }
    }

    @Test("a source is looked at when its interval is over, however rare the controller's ticks are")
    func interval() async throws {
        try await withFixture { fixture in
            let controller = try await TestController.start(fixture) { $0.tick = 600 }
            let repository = try await FlowRepository.make(fixture)
            try await repository.release(nil)
            try await add(controller, repository.url)
            #expect(try await poll(controller).head != nil)
            let commit = try await repository.release("v1.0.0")
            try await eventually("the tag is seen") { try await revisions(controller).first?.commit == commit }
        }
    }

    @Test("a tag that moves or is deleted is told, and changes no revision")
    func movedTags() async throws {
        try await withFixture { fixture in
            let (controller, repository) = (
                try await TestController.start(fixture), try await FlowRepository.make(fixture)
            )
            let first = try await repository.release("v1.0.0")
            try await add(controller, repository.url)
            #expect(try await poll(controller).movedTags.isEmpty)
            let second = try await repository.release("v1.0.0")
            let moved = try await poll(controller)
            #expect(moved.movedTags == ["v1.0.0": second])
            #expect(try await revisions(controller).map(\.commit) == [first])
            #expect(try await warnings(controller).contains { $0.hasPrefix("tag v1.0.0 moved from \(first.short)") })
            try await repository.git.git("tag", "--delete", "v1.0.0")
            #expect(try await poll(controller).deletedTags == ["v1.0.0"])
            #expect(try await warnings(controller).contains { $0.hasPrefix("tag v1.0.0 was deleted") })
            #expect(try await revisions(controller).map(\.commit) == [first])
            // Still built from the commit that it meant first.
            _ = try await eventually("it is built") { try await revisions(controller).first { $0.state == .ready } }
        }
    }

    @Test("a tag counts once the branch holds its commit")
    func unreachable() async throws {
        try await withFixture { fixture in
            let (controller, repository) = (
                try await TestController.start(fixture), try await FlowRepository.make(fixture)
            )
            try await repository.release(nil)
            let side = try await repository.release("v1.0.0", on: "side")
            try await add(controller, repository.url)
            #expect(try await poll(controller).unreachableTags == ["v1.0.0"])
            #expect(try await revisions(controller).isEmpty)
            try await repository.git.git("update-ref", "refs/heads/main", side.text)
            #expect(try await poll(controller).unreachableTags.isEmpty)
            #expect(try await revisions(controller).map(\.commit) == [side])
        }
    }

    @Test("a range of versions takes the highest; push mode takes every head")
    func rules() async throws {
        try await withFixture { fixture in
            let (controller, repository) = (
                try await TestController.start(fixture), try await FlowRepository.make(fixture)
            )
            for tag in ["v1.0.0", "v1.10.0", "v1.9.0", "v2.0.0"] { try await repository.release(tag) }
            try await add(controller, repository.url, name: "ranged", tags: ">=1.2 <2")
            _ = try await poll(controller, "ranged")
            #expect(try await revisions(controller, "ranged").map(\.name) == ["v1.10.0"])
            try await add(controller, repository.url, name: "pushed", deployOn: .push)
            _ = try await poll(controller, "pushed")
            let head = try await repository.release(nil)
            _ = try await poll(controller, "pushed")
            let newest = try #require(try await revisions(controller, "pushed").first)
            #expect(newest.commit == head)
            #expect(newest.name == "main@\(head.short)")
        }
    }

    @Test("an unreachable remote shows in status and backs off, while another task goes on")
    func unreachableRemote() async throws {
        try await withFixture { fixture in
            let (controller, repository) = (
                try await TestController.start(fixture), try await FlowRepository.make(fixture)
            )
            let port = try freePort()
            try await add(controller, "http://127.0.0.1:\(port)/none.git", name: "away")
            try await add(controller, repository.url)
            let away = try await eventually("two polls have failed") {
                let status: StatusView = try await controller.operator.get(.status)
                return status.tasks.first { $0.name == "away" && $0.source.failures >= 2 }
            }
            let failure = try #require(away.source.failure)
            #expect(failure.kind == "transient")
            let last = try #require(away.source.lastPoll)
            #expect(try #require(away.source.nextPoll).seconds(since: last) > 1.9)
            #expect(away.warnings.contains { $0.message.hasPrefix("polling http://127.0.0.1") })
            let commit = try await repository.release("v1.0.0")
            let ready = try await eventually("the other task's revision is ready") {
                try await revisions(controller).first { $0.state == .ready }
            }
            #expect(ready.commit == commit)
        }
    }

    @Test("an unchanged remote is listed and not fetched")
    func unchanged() async throws {
        try await withFixture { fixture in
            let repository = try await FlowRepository.make(fixture)
            try await repository.release("v1.0.0")
            let server = try await HTTPGitServer.start(root: fixture.folder, fixture: fixture)
            let controller = try await TestController.start(fixture)
            try await add(controller, server.url("repository.git"))
            _ = try await poll(controller)
            try await repository.git.git("update-ref", "refs/tags/other", "refs/heads/main")
            for _ in 0..<3 { _ = try await poll(controller) }
            let text = String(decoding: try await controller.operator.send(.metrics).body, as: UTF8.self)
            #expect(text.contains("fedops_fetches_total 1\n"))
        }
    }
}
