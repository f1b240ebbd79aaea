import API
import Artifacts
import Controller
import Core
import Foundation
import TestSupport
import Testing

@Suite struct BuildTests {
    private func start(_ fixture: Fixture) async throws -> (TestController, FlowRepository) {
        let controller = try await TestController.start(fixture)
        let repository = try await FlowRepository.make(fixture)
        try await repository.release(nil)
        let spec = SourceSpec(url: repository.url, interval: 1)
        _ = try await controller.operator.send(.addTask, body: TaskRequest(name: "digits", source: spec))
        return (controller, repository)
    }

    private func revision(_ controller: TestController, _ name: String) async throws -> RevisionView {
        try await controller.operator.get(.showRevision, "digits", name)
    }

    @Test("a build that fails never reaches a node, and status says why")
    func failing() async throws {
        try await withFixture { fixture in
            let (controller, repository) = try await start(fixture)
            let node = try await controller.join("site-1")
            try await node.step()
            try await repository.release("v1.0.0", flow: "test: [{run: \"echo it is wrong; false\"}]")
            let failed = try await eventually("the revision fails") {
                let revision = try await revision(controller, "v1.0.0")
                return revision.state.isFinal ? revision : nil
            }
            #expect(failed.state == .failed)
            #expect(failed.reason?.isEmpty == false)
            try await node.step()
            #expect(node.desired?.tasks.isEmpty == true)
            let status: StatusView = try await controller.operator.get(.status)
            let newest = try #require(status.tasks.first?.newest)
            #expect(newest.state == .failed)
            #expect(newest.logTail?.contains { $0.contains("it is wrong") } == true)
            #expect(status.tasks.first?.warnings.contains { $0.message.contains("v1.0.0") } == true)
            #expect(status.tasks.first?.target == nil)
        }
    }

    @Test("a flow with mistakes is reported with all of them")
    func mistakes() async throws {
        try await withFixture { fixture in
            let (controller, repository) = try await start(fixture)
            try await repository.release("v1.0.0", flow: "onNewRevison: abort\nsettings: 3")
            let failed = try await eventually("the revision fails") {
                let revision = try await revision(controller, "v1.0.0")
                return revision.state == .failed ? revision : nil
            }
            let said = (failed.logTail ?? []).joined(separator: "\n")
            #expect(said.contains("onNewRevison"))
            #expect(said.contains("settings"))
        }
    }

    @Test("a newer revision takes over from a build under way")
    func superseded() async throws {
        try await withFixture { fixture in
            let (controller, repository) = try await start(fixture)
            try await repository.release("v1.0.0", flow: "build: [{run: \"sleep 300\"}]")
            try await eventually("the build is under way") {
                let state = try await revision(controller, "v1.0.0").state
                return state != .queued && !state.isFinal
            }
            try await repository.release("v1.1.0")
            try await eventually("the newer one is ready") {
                try await revision(controller, "v1.1.0").state == .ready
            }
            try await eventually("the older one has ended") {
                try await revision(controller, "v1.0.0").state == .superseded
            }
        }
    }

    @Test("where pushes come faster than builds end, every other build ends")
    func spared() async throws {
        try await withFixture { fixture in
            let (controller, repository) = try await start(fixture)
            let gate = fixture.url("gate")
            let waits = "build: [{run: \"while [ ! -e \(gate.path) ]; do sleep 0.05; done\"}]"
            func isBuilding(_ name: String) async throws {
                try await eventually("\(name) is being built") {
                    let state = try await revision(controller, name).state
                    return state != .queued && !state.isFinal
                }
            }
            try await repository.release("v1.0.0", flow: waits)
            try await isBuilding("v1.0.0")
            try await repository.release("v1.1.0", flow: waits)
            try await isBuilding("v1.1.0")
            try await eventually("the first is stopped") {
                try await revision(controller, "v1.0.0").state == .superseded
            }
            try await repository.release("v1.2.0", flow: waits)
            try await eventually("the newest is chosen") { try await revision(controller, "v1.2.0").number == 3 }
            #expect(try await revision(controller, "v1.1.0").state.isFinal == false)
            try Data().write(to: gate)
            for name in ["v1.1.0", "v1.2.0"] {
                try await eventually("\(name) is ready") { try await revision(controller, name).state == .ready }
            }
        }
    }

    @Test("the log of a build is followed to its end")
    func log() async throws {
        try await withFixture { fixture in
            let (controller, repository) = try await start(fixture)
            try await repository.release("v1.0.0", flow: "build: [{run: \"sleep 1\"}]")
            try await eventually("the revision is there") { try await revision(controller, "v1.0.0").number == 1 }
            let path = ["digits", "v1.0.0"]
            var followed: [String] = []
            var end: RevisionView?
            for try await event in try await controller.operator.events(.revisionLog, path, query: "?follow=true") {
                if event.event == "line" { followed.append(try event.decode(BuildLogLine.self).text) }
                if event.event == "end" { end = try event.decode() }
            }
            #expect(end?.state == .ready)
            let listed = try await controller.operator.list(BuildLogLine.self, .revisionLog, "digits", "v1.0.0")
            #expect(listed.map(\.text) == followed)
            #expect(listed.map(\.number) == Array(1...listed.count))
            let rest = try await controller.operator.send(.revisionLog, "digits", "v1.0.0", query: "?after=1")
            #expect(try rest.decode(Listing<BuildLogLine>.self).items.map(\.text) == Array(followed.dropFirst()))
        }
    }

    @Test("what no revision needs is removed with the task, and what another task needs stays")
    func cleanUp() async throws {
        try await withFixture { fixture in
            let (controller, repository) = try await start(fixture)
            let other = try await FlowRepository.make(fixture, "other.git")
            let shared = ["shared.txt": "of both"]
            try await other.release("v1.0.0", files: shared)
            _ = try await controller.operator.send(
                .addTask,
                body: TaskRequest(name: "other", source: SourceSpec(url: other.url, interval: 1))
            )
            try await repository.release("v1.0.0", files: shared.merging(["own.txt": "of digits alone"]) { $1 })
            let digest = try await eventually("both revisions are ready") {
                let second: RevisionView = try await controller.operator.get(.showRevision, "other", "v1.0.0")
                let first = try await revision(controller, "v1.0.0")
                return first.state == .ready && second.state == .ready ? first.digest : nil
            }
            let node = try await controller.join("site-1")
            func isThere(_ digest: ContentDigest) async throws -> Bool {
                try await node.client.send(.blob, digest.description).status == 200
            }
            let (own, both) = (ContentDigest(of: Data("of digits alone".utf8)), ContentDigest(of: Data("of both".utf8)))
            for digest in [digest, own, both] { #expect(try await isThere(digest)) }
            #expect(try await controller.operator.send(.removeTask, "digits").status < 300)
            #expect(try await isThere(digest) == false)
            #expect(try await isThere(own) == false)
            #expect(try await isThere(both))
        }
    }

    @Test("blobs are served in parts")
    func ranges() async throws {
        try await withFixture { fixture in
            let (controller, repository) = try await start(fixture)
            try await repository.release("v1.0.0")
            let digest = try await eventually("the revision is ready") {
                try await revision(controller, "v1.0.0").digest
            }
            let node = try await controller.join("site-1")
            func get(_ range: String?) async throws -> TestClient.Answer {
                try await node.client.exchange(
                    .blob,
                    [digest.description],
                    headers: range.map { [("Range", $0)] } ?? []
                )
            }
            let whole = try await get(nil)
            #expect(whole.status == 200)
            #expect(ContentDigest(of: whole.body) == digest)
            let part = try await get("bytes=10-19")
            #expect(part.status == 206)
            #expect(part.body == whole.body[10..<20])
            #expect(part.headers["content-range"] == "bytes 10-19/\(whole.body.count)")
            #expect(try await get("bytes=10-").body == whole.body[10...])
            #expect(try await get("bytes=-5").body == whole.body.suffix(5))
            #expect(try await get("bytes=\(whole.body.count)-").status == 416)
            #expect(try await node.client.send(.blob, "sha256:00").status == 400)
            #expect(try await node.client.send(.blob, "sha256:" + String(repeating: "0", count: 64)).status == 404)
            #expect(try await TestClient(url: controller.url).send(.blob, digest.description).status == 401)
        }
    }
}
