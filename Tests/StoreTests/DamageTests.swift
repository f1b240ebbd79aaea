import Core
import Foundation
import GRDB
import Store
import TestSupport
import Testing

@Suite("Files that are in use, foreign, newer or damaged")
struct DamageTests {
    private func failure(_ path: URL) -> String {
        do {
            let store = try Store(path: path)
            _ = try store.loadTasks()
            try store.verify()
        } catch { return "\(error)" }
        return ""
    }

    @Test("Two controllers never share a file")
    func locked() async throws {
        try await withFixture { fixture in
            let path = fixture.url("store.sqlite")
            let store = try Store(path: path)
            let message = failure(path)
            #expect(
                message.contains("in use by another controller (process \(ProcessInfo.processInfo.processIdentifier))")
            )
            #expect(try store.beginBoot(at: Instant(milliseconds: 0)) == 1)
        }
    }

    @Test("A refusal closes no descriptor of another's")
    func refusalsCloseTheirOwn() async throws {
        try await withFixture { fixture in
            let path = fixture.url("store.sqlite")
            let store = try Store(path: path)
            let place = try fixture.write("others", to: "other")
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for _ in 0..<2000 { #expect(throws: StoreError.self) { try Store(path: path) } }
                }
                for _ in 0..<3 {
                    group.addTask {
                        for _ in 0..<20_000 {
                            let handle = try FileHandle(forReadingFrom: place)
                            // Fails where someone else closed it.
                            #expect(try handle.read(upToCount: 6)?.count == 6)
                            try handle.close()
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try store.beginBoot(at: Instant(milliseconds: 0)) == 1)
        }
    }

    @Test("What is no store is refused, and left as it is")
    func foreign() async throws {
        try await withFixture { fixture in
            let text = try fixture.write("a shopping list, longer than the head of a database\n", to: "text")
            #expect(failure(text).contains("is not a FedOps store"))
            #expect(try String(contentsOf: text, encoding: .utf8).hasPrefix("a shopping list"))

            let other = fixture.url("other.sqlite")
            try DatabaseQueue(path: other.path).write { try $0.execute(sql: "CREATE TABLE bookmarks (url TEXT)") }
            #expect(failure(other).contains("the SQLite database of another program"))
            let tables = try DatabaseQueue(path: other.path).read {
                try String.fetchAll($0, sql: "SELECT name FROM sqlite_schema")
            }
            #expect(tables == ["bookmarks"])
            #expect(failure(fixture.url("no/such/folder/store.sqlite")).contains("No such file or directory"))
        }
    }

    @Test("A store of a newer version is refused, and left as it is")
    func newer() async throws {
        try await withFixture { fixture in
            let path = fixture.url("store.sqlite")
            func make() throws { _ = try Scenario(try Store(path: path)) }
            try make()
            try DatabaseQueue(path: path.path).write {
                try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('999')")
            }
            #expect(failure(path).contains("written by a newer fedops (migration 999): run that version"))
            try DatabaseQueue(path: path.path).write { db in
                try db.execute(sql: "DELETE FROM grdb_migrations WHERE identifier = '999'")
                try db.execute(sql: "UPDATE tasks SET stateVersion = 7")
            }
            #expect(failure(path).contains("a state of format 7"))
        }
    }

    @Test("Damaged pages and documents are reported")
    func damaged() async throws {
        try await withFixture { fixture in
            let path = fixture.url("store.sqlite")
            func make() throws {
                var scenario = try Scenario(try Store(path: path))
                for _ in 1...20 { try scenario.release() }
            }
            try make()
            let whole = try Data(contentsOf: path)
            var rotten = whole
            for index in stride(from: 8192, to: rotten.count, by: 1) { rotten[index] = UInt8(index & 0xff) }
            try rotten.write(to: path)
            let message = failure(path)
            #expect(message.contains("is damaged") && message.contains(".recover"), "\(message)")

            try whole.prefix(whole.count / 2).write(to: path)
            let cut = failure(path)
            #expect(cut.contains("is damaged"), "\(cut)")

            try whole.write(to: path)
            #expect(failure(path) == "")
            try DatabaseQueue(path: path.path).write {
                try $0.execute(sql: "UPDATE tasks SET state = '{\"task\": 4}'")
            }
            #expect(failure(path).contains("a document can't be read"))
        }
    }

    @Test("A full disk is told, loses nothing, and needs no restart", .enabled(if: canMount))
    func diskFull() async throws {
        try await withFixture { fixture in
            let folder = try fixture.makeFolder("small")
            try await requireProcess("mount", ["-t", "tmpfs", "-o", "size=1500k", "tmpfs", folder.path])
            fixture.atEnd { try await requireProcess("umount", ["-l", folder.path]) }
            let path = folder.appending(path: "store.sqlite")
            let store = try Store(path: path)
            var scenario = try Scenario(store)
            let ballast = folder.appending(path: "ballast")
            try Data(count: 600 << 10).write(to: ballast)

            var failure: StoreError?
            var attempts = 0
            while failure == nil, attempts < 5000 {
                attempts += 1
                do { try scenario.release() } catch let error as StoreError { failure = error }
            }
            #expect(failure == .diskFull(path: path.path))
            // What the last transaction left: the state and the effects agree.
            let stored = try #require(try store.loadTasks().first)
            #expect(stored.task.latestRelease == scenario.task.latestRelease)
            try checkConsistency(of: store)

            try FileManager.default.removeItem(at: ballast)
            var resumed = try Scenario(resuming: store)
            for effect in try store.pendingEffects() { try resumed.carryOut(effect) }
            let release = try resumed.release()
            #expect(try store.loadTasks()[0].task.latestRelease == release.number)
            try store.verify()
        }
    }
}

/// Whether this process may mount a file system of its own; only root may.
let canMount = geteuid() == 0
