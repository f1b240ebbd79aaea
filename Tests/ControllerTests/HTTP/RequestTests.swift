import API
import Controller
import Core
import Foundation
import TestSupport
import Testing

/// What a caller gets who does something wrong.
@Suite struct RequestTests {
    @Test("unknown paths, methods and bearers")
    func unknown() async throws {
        try await withFixture { fixture in
            let controller = try await TestController.start(fixture)
            let (anyone, `operator`) = (TestClient(url: controller.url), try controller.operator)
            #expect(try await curl(controller.url + "/v1/nothing").status == 404)
            let wrongMethod = try await curl(controller.url + "/v1/status", "-X", "DELETE")
            #expect(wrongMethod.status == 405)
            #expect(wrongMethod.headers.lowercased().contains("allow: get"))
            #expect(wrongMethod.headers.contains("application/problem+json"))
            #expect(try await anyone.send(.status).status == 401)
            #expect(try await TestClient(url: controller.url, bearer: "fo_0000").send(.status).status == 401)
            #expect(try await `operator`.send(.status).status == 200)
            let missing = try await `operator`.send(.showTask, "none")
            #expect(missing.status == 404)
            #expect(try missing.problem().title.contains("none"))
        }
    }

    @Test("bodies that aren't what is expected")
    func bodies() async throws {
        try await withFixture { fixture in
            let controller = try await TestController.start(fixture)
            let client = try controller.operator
            let broken = try await client.exchange(.addTask, raw: Data("{\"name\": ".utf8))
            #expect(broken.status == 400)
            let wrongType = try await client.exchange(
                .addTask,
                raw: Data(#"{"name":"a","source":{"url":"https://example.org/a","interval":"soon"}}"#.utf8)
            )
            #expect(wrongType.status == 400)
            #expect(try wrongType.problem().detail == "source.interval: has the wrong type, a number is expected")
            let lacking = try await client.exchange(.addTask, raw: Data(#"{"name":"a","source":{}}"#.utf8))
            #expect(try lacking.problem().detail == "source.url: is missing")
            #expect(try await client.exchange(.addTask, raw: Data()).status == 400)
            let text = try await client.exchange(
                .addTask,
                raw: Data("name=a".utf8),
                headers: [("Content-Type", "text/plain")]
            )
            #expect(text.status == 415)
            let large = try await client.exchange(.addTask, raw: Data(count: (1 << 20) + 1))
            #expect(large.status == 413)
            #expect(try await client.send(.status).status == 200)
        }
    }

    @Test("all mistakes of a task come at once")
    func validation() async throws {
        try await withFixture { fixture in
            let controller = try await TestController.start(fixture) { $0.allowFileRemotes = false }
            let client = try controller.operator
            let body = TaskRequest(
                name: "Not A Name",
                source: SourceSpec(url: "file:///etc", branch: "a..b", tags: ">=1 <", flow: "../x.yaml", interval: 0.1)
            )
            let answer = try await client.send(.addTask, body: body)
            #expect(answer.status == 422)
            let errors = try #require(try answer.problem().errors)
            #expect(
                errors.map { $0.prefix { $0 != ":" } } == [
                    "name", "source.url", "source.branch", "source.tags", "source.flow", "source.interval",
                ]
            )
            for url in ["ftp://example.org/a", "https://user:hunter2@example.org/a", "https://-x/a", "", "../a", "a b"]
            {
                let answer = try await client.send(
                    .addTask,
                    body: TaskRequest(name: "a", source: SourceSpec(url: url))
                )
                #expect(answer.status == 422, "\(url)")
                #expect(!String(decoding: answer.body, as: UTF8.self).contains("hunter2"))
            }
            #expect(try await client.list(TaskView.self, .listTasks).isEmpty)
        }
    }

    @Test("another protocol is refused, with advice")
    func protocolVersion() async throws {
        try await withFixture { fixture in
            let controller = try await TestController.start(fixture)
            let client = TestClient(url: controller.url)
            let same = try await client.exchange(.version, headers: [(ProtocolVersion.header, "1")])
            #expect(same.status == 200)
            let newer = try await client.exchange(.version, headers: [(ProtocolVersion.header, "2")])
            #expect(newer.status == 400)
            #expect(try newer.problem().detail == "update the controller first, then nodes and the CLI")
        }
    }

    @Test("a header that is too large closes the connection, and nothing else")
    func headers() async throws {
        try await withFixture { fixture in
            let controller = try await TestController.start(fixture)
            let long = String(repeating: "x", count: 100_000)
            let answer = try await curl(controller.url + "/healthz", "-H", "X-Long: \(long)")
            #expect(answer.status == 400 || answer.status == 0)
            #expect(try await TestClient(url: controller.url).send(.health).status == 200)
        }
    }

    @Test("two tasks of one name, and a task that is removed")
    func taskLifecycle() async throws {
        try await withFixture { fixture in
            let controller = try await TestController.start(fixture)
            let client = try controller.operator
            let body = TaskRequest(name: "digits", source: SourceSpec(url: "file://\(fixture.folder.path)/none"))
            #expect(try await client.send(.addTask, body: body).status == 201)
            #expect(try await client.send(.addTask, body: body).status == 409)
            #expect(try await client.send(.removeTask, "digits").status == 204)
            #expect(try await client.send(.showTask, "digits").status == 404)
            #expect(try await client.send(.removeTask, "digits").status == 404)
            #expect(try await client.send(.addTask, body: body).status == 201)
        }
    }

    @Test("metrics have the house's names and no ids as labels")
    func metrics() async throws {
        try await withFixture { fixture in
            let controller = try await TestController.start(fixture)
            _ = try await controller.join("site-1")
            let answer = try await controller.operator.send(.metrics)
            let text = String(decoding: answer.body, as: UTF8.self)
            let samples = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
            #expect(samples.count > 10)
            for sample in samples { #expect(sample.contains(/^fedops_[a-z_]+(\{[^}]*\})? -?[0-9.]+$/), "\(sample)") }
            #expect(!text.contains("site-1"))
            #expect(text.contains("fedops_nodes_count{role=\"client\",online=\"false\"} 1"))
        }
    }

    private func curl(_ url: String, _ more: String...) async throws -> (status: Int, headers: String) {
        let result = try await runProcess("curl", ["-sS", "-i", "--max-time", "10"] + more + [url])
        let output = result.stdout
        let status = output.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return (status, output)
    }
}
