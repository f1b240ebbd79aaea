import Core
import Foundation
import Store
import TestSupport
import Testing

@Suite("Nodes, join tokens and logs")
struct NodeTests {
    private let hash = String(repeating: "a", count: 64)
    private let other = String(repeating: "b", count: 64)
    private let now = Scenario.start

    private func token(_ id: String = "t1", node: String? = nil) -> TokenRecord {
        TokenRecord(id: id, role: .client, labels: ["site": "north"], node: node, created: now, expires: now + 60)
    }

    private func refusal(_ body: () throws -> Void) -> String? {
        do { try body() } catch StoreError.tokenRefused(let why) { return why } catch { return "\(error)" }
        return nil
    }

    @Test("A token makes one node and no second")
    func joining() async throws {
        try await withFixture { fixture in
            let store = try Store(path: fixture.url("store.sqlite"))
            try store.addToken(token(), hash: hash)
            let node = try store.join(
                tokenHash: hash,
                name: "site-1",
                labels: ["site": "south", "gpu": "yes"],
                secretHash: other,
                at: now + 1
            )
            #expect(node.role == .client)
            #expect(node.labels == ["site": "north", "gpu": "yes"])
            #expect(try store.node("site-1") == node)
            #expect(try store.node(bySecretHash: other) == node)
            #expect(try store.node(bySecretHash: hash) == nil)
            #expect(try store.tokens().map(\.usedBy) == ["site-1"])

            let why = refusal {
                _ = try store.join(tokenHash: hash, name: "site-2", secretHash: hash, at: now + 2)
            }
            #expect(why == "node site-1 used it already; each token is good for one machine")
            #expect(try store.nodes().map(\.name) == ["site-1"])
        }
    }

    @Test("A token that can't be used says why, and is still good for who it is meant for")
    func refusals() async throws {
        try await withFixture { fixture in
            let store = try Store(path: fixture.url("store.sqlite"))
            try store.addToken(token(node: "site-7"), hash: hash)
            #expect(
                refusal { _ = try store.join(tokenHash: other, name: "site-7", secretHash: other, at: now) }
                    == "it is unknown: it was removed, or is mistyped"
            )
            #expect(
                refusal { _ = try store.join(tokenHash: hash, name: "site-8", secretHash: other, at: now) }
                    == "it is for a node of another name"
            )
            #expect(
                refusal {
                    _ = try store.join(tokenHash: hash, name: "site-7", role: .server, secretHash: other, at: now)
                } == "it grants the role client, not server"
            )
            #expect(
                refusal { _ = try store.join(tokenHash: hash, name: "site-7", secretHash: other, at: now + 61) }
                    == "it expired at 2025-10-09T08:54:20.000Z"
            )
            try store.addNode(NodeRecord(name: "site-7", role: .server, joined: now), secretHash: hash)
            #expect(throws: StoreError.exists("node site-7")) {
                try store.join(tokenHash: hash, name: "site-7", secretHash: other, at: now)
            }
            try store.removeNode("site-7")
            #expect(try store.join(tokenHash: hash, name: "site-7", secretHash: other, at: now).name == "site-7")
            try store.removeToken("t1")
            #expect(throws: StoreError.notFound("token t1")) { try store.removeToken("t1") }
        }
    }

    @Test("Twenty machines with one token: one of them joins")
    func race() async throws {
        try await withFixture { fixture in
            let store = try Store(path: fixture.url("store.sqlite"))
            try store.addToken(token(), hash: hash)
            let joined = await withTaskGroup(of: Bool.self) { group in
                for index in 1...20 {
                    group.addTask {
                        let secret = String(repeating: "0", count: 62) + String(10 + index)
                        let node = try? store.join(
                            tokenHash: hash,
                            name: "site-\(index)",
                            secretHash: secret,
                            at: now
                        )
                        return node != nil
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(joined == 1)
            #expect(try store.nodes().count == 1)
        }
    }

    @Test("A node is drained, seen and removed")
    func life() async throws {
        try await withFixture { fixture in
            let store = try Store(path: fixture.url("store.sqlite"))
            try store.addNode(NodeRecord(name: "site-1", role: .client, joined: now), secretHash: hash)
            #expect(try store.setDraining("site-1", true).draining)
            #expect(try store.node("site-1")?.member.draining == true)
            try store.noteSeen(["site-1": now + 5, "gone": now])
            #expect(try store.nodes().map(\.lastSeen) == [now + 5])
            #expect(throws: StoreError.notFound("node gone")) { try store.setDraining("gone", true) }
            try store.removeNode("site-1")
            #expect(try store.node(bySecretHash: hash) == nil)
            #expect(throws: StoreError.notFound("node site-1")) { try store.removeNode("site-1") }
        }
    }

    @Test("A line that is sent twice is kept once; one of another boot is another line")
    func logsOnce() async throws {
        try await withFixture { fixture in
            let store = try Store(path: fixture.url("store.sqlite"))
            _ = try Scenario(store)
            let batch = [line(1, "epoch 1"), line(2, "epoch 2", stage: "evaluate")]
            try store.appendLogs(batch, node: "site-1", boot: 1)
            try store.appendLogs(batch + [line(3, "epoch 3")], node: "site-1", boot: 1)
            try store.appendLogs([line(1, "again from the start")], node: "site-1", boot: 2)
            try store.appendLogs([line(1, "elsewhere", node: "site-2")], node: "site-2", boot: 1)
            var stray = line(9, "of a task that was removed")
            stray.task = "gone"
            try store.appendLogs([stray], node: "site-1", boot: 1)

            let all = try store.logs(LogQuery(task: "digits"), limit: 100)
            #expect(
                all.map(\.line.text) == ["epoch 1", "epoch 2", "epoch 3", "again from the start", "elsewhere"]
            )
            #expect(all[0].line == batch[0])
            let later = try store.logs(LogQuery(task: "digits", node: "site-1"), after: all[1].id, limit: 1)
            #expect(later.map(\.line.text) == ["epoch 3"])
            #expect(
                try store.logs(LogQuery(task: "digits", stage: "evaluate", epoch: 4), limit: 9).map(\.line.text)
                    == ["epoch 2"]
            )
            #expect(
                try store.newestLogs(LogQuery(task: "digits", node: "site-1"), limit: 2).map(\.line.text)
                    == ["epoch 3", "again from the start"]
            )
        }
    }

    @Test("The oldest lines go when there are too many, or too many bytes", arguments: [1, 200])
    func logsPruned(width: Int) async throws {
        try await withFixture { fixture in
            let limits = StoreLimits(logLines: 100, logBytes: 5000, events: 10)
            let store = try Store(path: fixture.url("store.sqlite"), limits: limits)
            _ = try Scenario(store)
            for sequence in 1...500 {
                try store.appendLogs(
                    [line(sequence, String(repeating: "é", count: width))],
                    node: "site-1",
                    boot: 1
                )
            }
            let kept = try store.logs(LogQuery(task: "digits"), limit: 1000).map(\.line)
            #expect(kept.last?.sequence == 500)
            #expect(kept.map(\.sequence) == Array((501 - kept.count)...500))
            let room = width == 1 ? 90...100 : 8...12
            #expect(room.contains(kept.count), "\(kept.count) lines are kept")
        }
    }
}
