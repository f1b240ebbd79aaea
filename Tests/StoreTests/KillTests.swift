import Core
import Foundation
import Store
import TestSupport
import Testing

@Suite("Processes that are killed while they write", .serialized)
struct KillTests {
    @Test("State, history and effects are there together or not at all, and nothing that was confirmed is lost")
    func killed() async throws {
        try await withFixture { fixture in
            let path = fixture.url("store.sqlite").path
            let confirmed = try fixture.write("", to: "confirmed").path
            func make() throws { _ = try Scenario(try Store(path: URL(filePath: path))) }
            try make()
            var revisions = 0
            for attempt in 1...8 {
                let delay = UInt32.random(in: 20_000...250_000)
                await #expect(processExitsWith: .signal(SIGKILL)) {
                    [path = path as String, confirmed = confirmed as String, delay = delay as UInt32] in
                    try KillTests.writeUntilKilled(path: path, confirmed: confirmed, after: delay)
                }
                let store = try Store(path: URL(filePath: path))
                try store.verify()
                try checkConsistency(of: store)
                let source = try #require(try store.loadTasks().first).source
                let promised =
                    try String(contentsOfFile: confirmed, encoding: .utf8)
                    .split(separator: "\n").last.flatMap { Int($0) } ?? 0
                #expect(source.revisionCount >= promised, "attempt \(attempt) after \(delay) µs")
                revisions = source.revisionCount
            }
            #expect(revisions > 8, "the killed processes wrote \(revisions) revisions in all")
        }
    }

    /// Writes for as long as it lives; another thread kills the whole process at a moment of its own.
    private static func writeUntilKilled(path: String, confirmed: String, after delay: UInt32) throws {
        let store = try Store(path: URL(filePath: path))
        let log = try FileHandle(forWritingTo: URL(filePath: confirmed))
        try log.seekToEnd()
        var scenario = try Scenario(resuming: store)
        for effect in try store.pendingEffects() { try scenario.carryOut(effect) }
        Thread.detachNewThread {
            usleep(delay)
            kill(getpid(), SIGKILL)
        }
        while true {
            try scenario.release()
            try log.write(contentsOf: Data("\(scenario.source.revisionCount)\n".utf8))
        }
    }
}

/// What holds between two transactions of a scenario, whichever was the last.
func checkConsistency(of store: Store, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let (task, source) = try #require(try store.loadTasks().first, sourceLocation: sourceLocation)
    let revisions = try store.revisions("digits", limit: .max)
    let effects = try store.pendingEffects()
    let chosen = source.revisionCount
    #expect(revisions.count == chosen, "a revision for each choice", sourceLocation: sourceLocation)
    #expect(try store.rollouts("digits", limit: .max).count == task.rolloutCount, sourceLocation: sourceLocation)
    for revision in revisions {
        let kinds = effects.filter { $0.revision == revision.number }.map(\.kind)
        switch revision.state {
        case .queued, .building, .testing, .packing:
            let key = RevisionKey(number: revision.number, name: revision.name, commit: revision.commit)
            #expect(kinds == [.build(key)], "revision \(revision.number)", sourceLocation: sourceLocation)
        case .ready where revision.number > task.latestRelease:
            #expect(kinds.count == 1, "revision \(revision.number)", sourceLocation: sourceLocation)
        case .ready, .failed, .superseded:
            #expect(kinds.isEmpty, "revision \(revision.number)", sourceLocation: sourceLocation)
        }
    }
}
