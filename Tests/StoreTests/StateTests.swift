import Core
import Foundation
import Store
import TestSupport
import Testing

@Suite("States and history")
struct StateTests {
    @Test("A task comes back from disk as it was saved, with all that its rounds left behind")
    func survivesReopening() async throws {
        try await withFixture { fixture in
            let path = fixture.url("store.sqlite")
            func live() throws -> (TaskState, SourceState) {
                var scenario = try Scenario(try Store(path: path))
                let release = try scenario.release()
                try scenario.reportReady(on: release)
                try scenario.apply(.runRequested(goal: 3, epochs: 2, base: .latest))
                try scenario.finishRound()
                try scenario.finishRound()
                return (scenario.task, scenario.source)
            }
            let (task, source) = try live()

            let store = try Store(path: path)
            let loaded = try #require(try store.loadTasks().first)
            var stored = task
            stored.heard = [:]
            #expect(loaded.task == stored)
            #expect(loaded.source == source)

            #expect(try store.runs("digits") == [task.run])
            #expect(try store.run("digits", 1) == task.run)
            let rollout = try #require(try store.rollouts("digits").first)
            #expect(rollout == task.rollout)
            #expect(rollout.phase == .completed)
            let rounds = try store.rounds("digits", run: 1)
            #expect(rounds.map(\.status) == [.finished, .finished, .running])
            #expect(rounds.map(\.ticket.epoch) == [1, 2, 3])
            #expect(rounds[0].result?.evaluation == ["accuracy": 0.95])
            let models = try store.models("digits")
            #expect(models.map(\.version) == [2, 1])
            #expect(models.map(\.parent) == [1, nil])
            #expect(try store.model("digits", 2)?.contributions.map(\.node) == ["site-1", "site-2"])
            #expect(try store.model("digits", 3) == nil)
            try store.verify()
        }
    }

    @Test("A task's name is taken once; a removed task leaves nothing behind")
    func addAndRemove() async throws {
        try await withFixture { fixture in
            let store = try Store(path: fixture.url("store.sqlite"))
            var scenario = try Scenario(store)
            #expect(throws: StoreError.exists("task digits")) {
                try store.addTask(scenario.task, scenario.source, at: scenario.now)
            }
            let release = try scenario.release()
            try scenario.reportReady(on: release)
            try scenario.apply(.runRequested(goal: 3, epochs: nil, base: .latest))
            try scenario.finishRound()
            try store.appendLogs([line(1, "hello")], node: "site-1", boot: 1)
            try store.append([EventRecord(task: "digits", at: scenario.now, kind: .info, message: "hello")])

            try store.removeTask("digits")
            #expect(try store.loadTasks().isEmpty)
            #expect(try store.revisions("digits").isEmpty)
            #expect(try store.models("digits").isEmpty)
            #expect(try store.rounds("digits").isEmpty)
            #expect(try store.events(limit: 10).isEmpty)
            #expect(try store.logs(LogQuery(task: "digits"), limit: 10).isEmpty)
            #expect(throws: StoreError.notFound("task digits")) { try store.removeTask("digits") }
            #expect(throws: StoreError.notFound("task digits")) { try scenario.apply(.tick) }
            try store.verify()
        }
    }

    @Test("The schema refuses history that contradicts itself, and the state beside it isn't stored then")
    func refusesContradictions() async throws {
        try await withFixture { fixture in
            let store = try Store(path: fixture.url("store.sqlite"))
            var scenario = try Scenario(store)
            let release = try scenario.release()
            try scenario.reportReady(on: release)
            try scenario.apply(.runRequested(goal: 3, epochs: nil, base: .latest))
            try scenario.finishRound()
            let before = try #require(try store.loadTasks().first)

            func refused(_ record: Core.Record) {
                var changed = scenario.task
                changed.epoch += 100
                #expect(throws: StoreError.self) { try store.save(changed, records: [record], at: scenario.now) }
            }
            var finished = try #require(try store.rounds("digits").first)
            finished.status = .failed
            finished.reason = "changed afterwards"
            refused(.round(finished))

            var model = try #require(try store.model("digits", 1))
            model.digest = Scenario.digest(99)
            refused(.model(model))
            model.version = 2
            refused(.model(model))

            var second = Run(number: 2, goal: 1, started: scenario.now)
            refused(.run(second))
            second.status = .completed
            refused(.run(second))
            #expect(try #require(try store.loadTasks().first) == before)
            #expect(try store.rounds("digits").count == 2)
            #expect(try store.models("digits").count == 1)
        }
    }

    @Test("Events are read on from where the last reading ended, and the oldest go when there are too many")
    func events() async throws {
        try await withFixture { fixture in
            let limits = StoreLimits(logLines: 10, logBytes: 1000, events: 20)
            let store = try Store(path: fixture.url("store.sqlite"), limits: limits)
            _ = try Scenario(store, name: "digits")
            _ = try Scenario(store, name: "faces")
            for index in 1...1000 {
                let kind: EventRecord.Kind = index % 100 == 0 ? .warning : .info
                let task = index % 2 == 0 ? "digits" : "faces"
                try store.append([
                    EventRecord(task: task, at: Scenario.start, kind: kind, message: "event \(index)")
                ])
            }
            let all = try store.events(limit: 10_000)
            // Pruned now and then, never below the limit.
            for task in ["digits", "faces"] {
                let count = all.filter { $0.event.task == task }.count
                #expect((20...(20 + 256)).contains(count), "\(task) has \(count) events")
            }
            let first = try store.events("digits", limit: 3)
            let next = try store.events("digits", after: first[2].id, limit: 2)
            #expect(next.map(\.id).allSatisfy { $0 > first[2].id })
            #expect(try store.newestEvents(limit: 1).map(\.event.message) == ["event 1000"])
            #expect(try store.newestEvents("digits", kind: .warning, limit: 1).map(\.event.message) == ["event 1000"])
            #expect(try store.newestEvents("faces", kind: .warning, limit: 1).isEmpty)
        }
    }

    @Test("The controller's starts are in order, whatever the clock says, and its secrets stay")
    func identity() async throws {
        try await withFixture { fixture in
            let path = fixture.url("store.sqlite")
            var secret = ""
            do {
                let store = try Store(path: path)
                #expect(try store.beginBoot(at: Instant(milliseconds: 100_900)) == 100)
                secret = try store.secret("tickets")
                #expect(secret.count == 64)
                #expect(secret.isLowercaseHexadecimal)
                #expect(try store.secret("other") != secret)
            }
            let store = try Store(path: path)
            #expect(try store.beginBoot(at: Instant(milliseconds: 7000)) == 101)
            #expect(try store.beginBoot(at: Instant(milliseconds: 900_000)) == 900)
            #expect(try store.secret("tickets") == secret)
        }
    }
}

func line(_ sequence: Int, _ text: String, node: String = "site-1", stage: String = "train") -> LogLine {
    LogLine(
        sequence: sequence,
        at: Scenario.start + Double(sequence),
        task: "digits",
        node: node,
        stage: stage,
        epoch: 4,
        text: text
    )
}
