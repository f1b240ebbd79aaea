import Core
import Foundation
import Store
import TestSupport
import Testing

@Suite("The journal of effects")
struct JournalTests {
    private func claimFirst(_ store: Store) throws -> PendingEffect {
        let pending = try #require(try store.pendingEffects().first)
        return try #require(try store.claim(pending))
    }

    @Test("A chosen revision is built, delivered and done, each step together with what it decided")
    func buildToDelivery() async throws {
        try await withFixture { fixture in
            let store = try Store(path: fixture.url("store.sqlite"))
            var scenario = try Scenario(store)
            let key = try scenario.choose("v1.0.0")
            let pending = try #require(try store.pendingEffects().first)
            #expect(pending.kind == .build(key))
            #expect(try store.revision("digits", "v1.0.0")?.state == .queued)
            #expect(try store.release("digits", "v1.0.0") == nil)

            let claimed = try #require(try store.claim(pending))
            #expect(claimed.generation == pending.generation + 1)
            try store.updateRevision(claimed, state: .building, subject: "Train longer", author: "A. Author")
            try store.updateRevision(claimed, state: .testing)
            let testing = try #require(try store.revision("digits", "1"))
            #expect(testing.state == .testing)
            #expect(testing.subject == "Train longer")

            let built = Scenario.built(key)
            let delivery = try store.finishBuild(claimed, ready: built, at: scenario.now)
            #expect(try store.pendingEffects() == [delivery])
            #expect(delivery.kind == .deliver(built.release))
            #expect(try store.claim(claimed) == nil, "the build is done")
            let ready = try #require(try store.revision("digits", key.commit.text))
            #expect(ready.state == .ready)
            #expect(ready.digest == built.release.digest)
            #expect(ready.bytes == 4096)

            try scenario.carryOut(delivery)
            #expect(try store.pendingEffects().isEmpty)
            #expect(try store.loadTasks()[0].task.latestRelease == 1)
            #expect(try store.release("digits", "v1.0.0") == built.release)
            let artifacts = try store.artifacts()
            #expect(artifacts.manifests == [built.release.digest])
            #expect(artifacts.environments == [built.release.environment])
        }
    }

    @Test("A build that fails says why and is done")
    func failure() async throws {
        try await withFixture { fixture in
            let store = try Store(path: fixture.url("store.sqlite"))
            var scenario = try Scenario(store)
            try scenario.choose("v1.0.0")
            let claimed = try claimFirst(store)
            try store.failBuild(
                claimed,
                reason: "step test-1 ended with 1",
                logTail: ["E   assert 1 == 2"],
                events: [EventRecord(task: "digits", at: scenario.now, kind: .warning, message: "v1.0.0 failed")],
                at: scenario.now
            )
            let failed = try #require(try store.revision("digits", "v1.0.0"))
            #expect(failed.state == .failed)
            #expect(failed.reason == "step test-1 ended with 1")
            #expect(failed.logTail == ["E   assert 1 == 2"])
            #expect(failed.finished == scenario.now)
            #expect(try store.pendingEffects().isEmpty)
            let warnings = try store.events("digits", limit: 10).map(\.event).filter { $0.kind == .warning }
            #expect(warnings.map(\.message) == ["v1.0.0 failed"])
        }
    }

    @Test("Only the newest claim of an effect writes")
    func fencing() async throws {
        try await withFixture { fixture in
            let store = try Store(path: fixture.url("store.sqlite"))
            var scenario = try Scenario(store)
            let key = try scenario.choose()
            let pending = try #require(try store.pendingEffects().first)
            let stale = try #require(try store.claim(pending))
            let fresh = try #require(try store.claim(pending))
            #expect(fresh.generation == stale.generation + 1)

            func isFenced(_ body: () throws -> Void) {
                #expect {
                    try body()
                } throws: { error in
                    if case StoreError.fenced = error { true } else { false }
                }
            }
            isFenced { try store.updateRevision(stale, state: .building) }
            isFenced { _ = try store.finishBuild(stale, ready: Scenario.built(key), at: scenario.now) }
            isFenced { try store.failBuild(stale, reason: "no", logTail: [], at: scenario.now) }
            #expect(try store.revision("digits", "1")?.state == .queued)

            let delivery = try store.finishBuild(fresh, ready: Scenario.built(key), at: scenario.now)
            try scenario.apply(.released(Scenario.built(key).release), completing: delivery)
            // The same delivery again: the state that comes with it isn't stored either.
            var changed = scenario.task
            changed.rolloutCount = 77
            isFenced { try store.save(changed, records: [], completing: delivery, at: scenario.now) }
            #expect(try store.loadTasks()[0].task.rolloutCount == 1)
        }
    }

    @Test("A newer revision supersedes those that wait, and lets a build that has begun go on")
    func superseding() async throws {
        try await withFixture { fixture in
            let store = try Store(path: fixture.url("store.sqlite"))
            var scenario = try Scenario(store)
            try scenario.choose("v1.0.0")
            let building = try claimFirst(store)
            try store.updateRevision(building, state: .building)
            try scenario.choose("v1.1.0")
            let waiting = try #require(try store.pendingEffects().last)
            try scenario.choose("v1.2.0")

            #expect(try store.revisions("digits").map(\.state) == [.queued, .superseded, .building])
            #expect(try store.pendingEffects().map(\.revision) == [1, 3])
            #expect(try store.claim(waiting) == nil)
            #expect(try store.revision("digits", "v1.1.0")?.reason == "revision v1.2.0 was chosen first")
            _ = try store.finishBuild(building, ready: Scenario.built(scenario.source.chosen!), at: scenario.now)
        }
    }

    @Test("A build under way ends when its revision was overtaken, and can't be finished after")
    func overtaken() async throws {
        try await withFixture { fixture in
            let store = try Store(path: fixture.url("store.sqlite"))
            var scenario = try Scenario(store)
            let key = try scenario.choose("v1.0.0")
            let building = try claimFirst(store)
            try store.updateRevision(building, state: .testing)
            try scenario.choose("v1.1.0")
            try store.supersedeBuild(building, by: "v1.1.0", at: scenario.now)
            #expect(try store.revisions("digits").map(\.state) == [.queued, .superseded])
            #expect(try store.pendingEffects().map(\.revision) == [2])
            #expect(throws: StoreError.self) {
                try store.finishBuild(building, ready: Scenario.built(key), at: scenario.now)
            }
        }
    }

    @Test("A revision is found by name, number and enough of its commit")
    func references() async throws {
        try await withFixture { fixture in
            let store = try Store(path: fixture.url("store.sqlite"))
            var scenario = try Scenario(store)
            let commits = ["aabbccd1", "aabbccd2", "12345678"].map {
                CommitHash($0 + String(repeating: "0", count: 32))!
            }
            for (index, commit) in commits.enumerated() {
                let key = RevisionKey(number: index + 1, name: index == 2 ? "1" : "v\(index)", commit: commit)
                try store.save(scenario.source, effects: [.build(key)], at: scenario.now)
            }
            scenario.now = scenario.now + 1
            #expect(try store.revision("digits", "v0")?.number == 1)
            #expect(try store.revision("digits", "2")?.number == 2)
            #expect(try store.revision("digits", "1")?.number == 3, "a name goes before a number")
            #expect(try store.revision("digits", "12345678")?.number == 3)
            #expect(try store.revision("digits", "aabbccd2")?.number == 2)
            #expect(try store.revision("digits", "aabbccd") == nil, "two commits start so")
            #expect(try store.revision("digits", "123456") == nil, "too short")
            #expect(try store.revision("digits", "v0' OR 1=1 --") == nil)
            #expect(try store.revision("faces", "v0") == nil)
        }
    }
}
