import Artifacts
import AsyncHTTPClient
import Core
import Engines
import Foundation
import NIOHTTP1
import TestSupport
import Testing

/// Numbered models for whoever has a grant, whole and in parts.
@Suite struct ModelRouteTests {
    private static let key = "the key of the task's models"

    private func withModel(_ body: (RunningEngine, Data) async throws -> Void) async throws {
        try await withEngine { running in
            let update = try TestModel.of((0..<1000).map { Float($0) })
            let part = Part(update: update)
            let result = try await running.play(
                running.ticket(),
                first: update,
                ["site-1": part, "site-2": part, "site-3": part]
            )
            try await running.engine.settle(result, task: "digits", answer: .promoted(version: 1))
            running.engine.grantModels(task: "digits", key: Self.key)
            let reference = ModelReference(version: 1, digest: try result.finished().model)
            let file = try running.engine.url(ofModel: reference, task: "digits").orThrow("model v1")
            try await body(running, Data(contentsOf: file))
        }
    }

    private func get(
        _ running: RunningEngine,
        version: Int = 1,
        bearer: String,
        _ headers: [String: String] = [:]
    ) async throws -> ScriptedClient.Answer {
        let client = running.client("anyone", try running.ticket())
        var request = HTTPClientRequest(url: running.url + EnginePaths.model(task: "digits", version: version))
        request.headers.add(name: "Authorization", value: "Bearer \(bearer)")
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        return try await client.send(request)
    }

    @Test("a grant fetches its model, and only its own, and only for its time")
    func grants() async throws {
        try await withModel { running, model in
            let soon = running.clock.now() + 60
            let grant = TicketKeys.grant(models: Self.key, version: 1, expires: soon)
            let whole = try await get(running, bearer: grant)
            #expect(whole.status == 200 && whole.body == model)
            #expect(whole.header(EngineHeaders.sha256) == ScriptedClient.digest(model).description)

            let others = [
                "", grant + "0", TicketKeys.grant(models: "another key", version: 1, expires: soon),
                TicketKeys.grant(models: Self.key, version: 2, expires: soon),
                TicketKeys.grant(models: Self.key, version: 1, expires: running.clock.now() + -1),
            ]
            for bearer in others { #expect(try await get(running, bearer: bearer).status == 401) }
            #expect(try await get(running, version: 2, bearer: grant).status == 401)
            let second = TicketKeys.grant(models: Self.key, version: 2, expires: soon)
            #expect(try await get(running, version: 2, bearer: second).status == 404)
            running.clock.pass(61)
            #expect(try await get(running, bearer: grant).status == 401)
        }
    }

    @Test("a download goes on from a byte, and starts anew where the model is another")
    func ranges() async throws {
        try await withModel { running, model in
            let grant = TicketKeys.grant(models: Self.key, version: 1, expires: running.clock.now() + 60)
            let tag = try await get(running, bearer: grant).header("ETag").orThrow("tag")
            let size = model.count
            let parts: [(range: String, status: Int, body: Data)] = [
                ("bytes=1000-", 206, model.dropFirst(1000)), ("bytes=0-99", 206, model.prefix(100)),
                ("bytes=-7", 206, model.suffix(7)), ("bytes=10-999999", 206, model.dropFirst(10)),
                ("bytes=\(size - 1)-", 206, model.suffix(1)), ("bytes=\(size)-", 416, Data()),
                // What isn't one range of bytes is as if it weren't there.
                ("bytes=5-2", 200, model), ("bytes=0-1,3-4", 200, model), ("lines=1-2", 200, model),
                ("bytes=a-", 200, model),
            ]
            for part in parts {
                let answer = try await get(running, bearer: grant, ["Range": part.range, "If-Range": tag])
                #expect(answer.status == part.status, "\(part.range)")
                #expect(answer.body == Data(part.body), "\(part.range)")
            }
            let middle = try await get(running, bearer: grant, ["Range": "bytes=100-199"])
            #expect(middle.header("Content-Range") == "bytes 100-199/\(size)")
            let changed = try await get(running, bearer: grant, ["Range": "bytes=100-", "If-Range": "\"another\""])
            #expect(changed.status == 200 && changed.body == model)
        }
    }
}
