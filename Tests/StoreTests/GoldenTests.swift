import Core
import Foundation
import GRDB
import Store
import TestSupport
import Testing

/// `Golden/schema-1.sql` is a dump of a store that the first schema made. It is never changed: stores of its kind
/// exist.
@Suite("Stores of earlier schemas")
struct GoldenTests {
    private func restore(_ name: String, to path: URL) throws {
        let dump = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(name).sql")
        let sql = try String(contentsOf: dump, encoding: .utf8)
        try DatabaseQueue(path: path.path).inDatabase { try $0.execute(sql: sql) }
    }

    private func schema(_ path: URL) throws -> [String] {
        try DatabaseQueue(path: path.path).read {
            try String.fetchAll($0, sql: "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
        }
    }

    @Test("A store of schema 1 opens, with all that it holds")
    func opensSchema1() async throws {
        try await withFixture { fixture in
            let path = fixture.url("store.sqlite")
            try restore("schema-1", to: path)
            let store = try Store(path: path)
            try store.verify()
            let (task, source) = try #require(try store.loadTasks().first)
            #expect(task.latestRelease == 3)
            #expect(task.model?.version == 3)
            #expect(source.chosen?.name == "v1.3.0")
            #expect(try store.models("digits").map(\.version) == [3, 2, 1])
            #expect(try store.rounds("digits").count == 5)
            #expect(try store.runs("digits").map(\.status) == [.running, .superseded])
            #expect(try store.nodes().map(\.name) == ["server", "site-1"])
            #expect(try store.tokens().map(\.usedBy) == ["site-1"])
            #expect(try store.logs(LogQuery(task: "digits"), limit: 9).map(\.line.text) == ["loss 0.5"])
            #expect(try store.pendingEffects().map(\.revision) == [4])
            #expect(try store.beginBoot(at: Instant(milliseconds: 0)) == 2)
            var resumed = try Scenario(resuming: store)
            for effect in try store.pendingEffects() { try resumed.carryOut(effect) }
            #expect(try store.loadTasks()[0].task.latestRelease == 4)
        }
    }

    @Test("Migration 1 is frozen")
    func frozen() async throws {
        try await withFixture { fixture in
            let (old, new) = (fixture.url("old.sqlite"), fixture.url("new.sqlite"))
            try restore("schema-1", to: old)
            // Both get the later migrations, so that only the first can make them differ.
            func make(_ path: URL) throws { _ = try Store(path: path) }
            try make(old)
            try make(new)
            #expect(try schema(new) == schema(old))
        }
    }
}
