import API
import Core
import Foundation
import TestSupport
import Testing

@Suite struct JoinTests {
    @Test("a token is good for one machine, for its role and name, and until it expires")
    func tokens() async throws {
        try await withFixture { fixture in
            let controller = try await TestController.start(fixture)
            let (client, anyone) = (try controller.operator, TestClient(url: controller.url))
            func token(_ request: TokenRequest) async throws -> TokenView {
                try await client.post(.createToken, body: request)
            }
            func join(_ token: TokenView, _ name: String, role: NodeRole? = nil) async throws -> TestClient.Answer {
                try await anyone.send(.join, body: JoinRequest(token: token.token ?? "", name: name, role: role))
            }
            let first = try await token(TokenRequest(role: .client, labels: ["ward": "a"]))
            let joined = try await join(first, "site-1").decode(JoinAnswer.self)
            #expect(joined.role == .client)
            #expect(joined.labels == ["ward": "a"])
            let again = try await join(first, "site-2")
            #expect(again.status == 403)
            #expect(try again.problem().title.contains("site-1 used it already"))
            #expect(try await join(try await token(TokenRequest(role: .client, node: "b")), "c").status == 403)
            #expect(try await join(try await token(TokenRequest(role: .client)), "c", role: .server).status == 403)
            let short = try await token(TokenRequest(role: .client, ttl: 1))
            try await eventually("the token expires") {
                try await client.list(TokenView.self, .listTokens).first { $0.id == short.id }?.expires
                    ?? .distantFuture
                    < Instant(Date())
            }
            #expect(try await join(short, "c").status == 403)
            let taken = try await token(TokenRequest(role: .client))
            #expect(try await join(taken, "site-1").status == 409)
            #expect(try await join(taken, "Bad Name").status == 422)
            #expect(try await join(taken, "site-3").status == 201)
            let listed = try await client.list(TokenView.self, .listTokens)
            #expect(listed.allSatisfy { $0.token == nil })
            #expect(listed.first { $0.id == first.id }?.usedBy == "site-1")
            #expect(try await client.send(.createToken, body: TokenRequest(role: .client, ttl: -1)).status == 422)
        }
    }

    @Test("a node speaks for itself only, and not after it was removed")
    func secrets() async throws {
        try await withFixture { fixture in
            let controller = try await TestController.start(fixture)
            let (a, b) = (try await controller.join("a"), try await controller.join("b"))
            #expect(try await a.client.send(.report, "a", body: a.nextReport()).status == 200)
            #expect(try await a.client.send(.report, "b", body: b.nextReport()).status == 403)
            #expect(try await a.client.send(.report, "a", body: b.nextReport()).status == 403)
            #expect(try await a.client.send(.watch, "b").status == 403)
            #expect(try await a.client.send(.status).status == 403)
            #expect(try await controller.operator.send(.report, "a", body: a.nextReport()).status == 403)
            let line = LogLine(sequence: 1, at: Instant(Date()), task: "x", node: "b", stage: "train", text: "")
            #expect(try await a.client.send(.sendLogs, "a", body: LogBatch(lines: [line])).status == 403)
            #expect(try await controller.operator.send(.removeNode, "a").status == 204)
            #expect(try await a.client.send(.report, "a", body: a.nextReport()).status == 401)
            #expect(try await controller.operator.send(.showNode, "a").status == 404)
        }
    }

    @Test("secrets are neither stored nor answered with")
    func nothingLeaks() async throws {
        try await withFixture { fixture in
            let controller = try await TestController.start(fixture)
            let client = try controller.operator
            let token: TokenView = try await client.post(.createToken, body: TokenRequest(role: .client))
            let node = try await controller.join("a")
            try await node.report()
            var answers = Data()
            for route in [Route.listNodes, .listTokens, .status, .metrics, .events] {
                answers += try await client.send(route).body
            }
            let database = try ["", "-wal"].reduce(into: Data()) {
                $0 += try Data(contentsOf: controller.folder.appending(path: "fedops.sqlite\($1)"))
            }
            for secret in [token.token, node.client.bearer, client.bearer] {
                let bytes = Data(try #require(secret).utf8)
                #expect(answers.range(of: bytes) == nil)
                #expect(database.range(of: bytes) == nil)
            }
            let mode =
                try FileManager.default.attributesOfItem(
                    atPath: controller.folder.appending(path: "operator.token").path
                )[.posixPermissions] as? NSNumber
            #expect(mode?.intValue == 0o600)
        }
    }

    @Test("a copied disk is told from the original")
    func clones() async throws {
        try await withFixture { fixture in
            let controller = try await TestController.start(fixture)
            let client = try controller.operator
            _ = try await client.send(
                .addTask,
                body: TaskRequest(name: "digits", source: SourceSpec(url: "file://\(fixture.folder.path)/none"))
            )
            let node = try await controller.join("a")
            try await node.report()
            var report = node.nextReport()
            report.order.bootID = "another machine"
            let refused = try await node.client.send(.report, "a", body: report)
            #expect(refused.status == 409)
            #expect(try refused.problem().title.contains("two machines report as node a"))
            _ = try await node.client.send(.report, "a", body: report)
            let events = try await client.list(EventView.self, .taskEvents, "digits")
            #expect(events.count { $0.message.contains("two machines") && $0.node == "a" } == 1)
            #expect(try await node.client.send(.report, "a", body: node.nextReport()).status == 200)
            // An older boot than one that was seen: a disk that was put back.
            report = node.nextReport()
            report.order.boot = 0
            #expect(try await node.client.send(.report, "a", body: report).status == 409)
        }
    }
}

extension Instant {
    static let distantFuture = Instant(milliseconds: .max)
}
