import Core
import Foundation
import Store
import TestSupport
import Testing

/// A name that is used again.
@Suite("Tasks that are removed and added again")
struct RetiredTests {
    @Test("No epoch, model number or attempt is given twice under one name")
    func countsOn() async throws {
        try await withFixture { fixture in
            let store = try Store(path: fixture.url("store.sqlite"))
            let now = Instant(milliseconds: 1_760_000_000_000)
            let source = SourceState(task: "digits", spec: SourceSpec(url: "file:///srv/digits.git"))
            var used = TaskState(task: "digits", lease: 15)
            used.epoch = 7
            used.modelCount = 5
            used.attemptCount = 3
            try store.addTask(used, source, at: now)
            try store.removeTask("digits")
            let again = try store.addTask(TaskState(task: "digits", lease: 15), source, at: now)
            #expect(again.epoch == 7)
            #expect(again.modelCount == 5)
            #expect(again.attemptCount == 3)
            #expect(try store.loadTasks().map(\.task) == [again])
            #expect(again.model == nil && again.run == nil)
        }
    }
}
