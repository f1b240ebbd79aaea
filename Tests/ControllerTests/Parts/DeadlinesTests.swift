import Core
import Testing

@testable import Controller

@Suite struct DeadlinesTests {
    private let now = Instant(milliseconds: 1_760_000_000_000)

    @Test("a task that waits for nothing has no deadline")
    func none() {
        #expect(TaskState(task: "digits", lease: 15).nextDeadline(after: now) == nil)
    }

    @Test("the health and hold times of a rollout, and a node's wait, are looked at to the moment")
    func rollout() throws {
        var policy = Policy()
        policy.rollout.health = 40
        policy.rollout.hold = 7.5
        policy.participants.wait = 20
        let release = Release(
            number: 1,
            name: "v1",
            commit: try #require(CommitHash(String(repeating: "a", count: 40))),
            digest: try #require(ContentDigest(String(repeating: "b", count: 64))),
            policy: policy
        )
        var state = TaskState(task: "digits", lease: 15)
        _ = state.apply(.nodeChanged(Member(node: "site-1", role: .client)), at: now)
        _ = state.apply(.nodeChanged(Member(node: "site-2", role: .client)), at: now)
        _ = state.apply(.released(release), at: now)
        #expect(state.nextDeadline(after: now) == now + 40)
        var report = TaskReport(task: "digits", commit: release.commit, digest: release.digest, phase: .ready)
        report.attempt = 1
        let order = ReportOrder(boot: 1, bootID: "x", sequence: 1)
        _ = state.apply(.reported(node: "site-1", order: order, engineURL: nil, report: report), at: now + 1)
        #expect(state.rollout?.phase == .holding)
        #expect(state.nextDeadline(after: now + 1) == now + 8.5)
        _ = state.apply(.tick, at: now + 8.5)
        #expect(state.rollout?.phase == .completed)
        _ = state.apply(.runRequested(goal: 1, epochs: nil, base: .latest), at: now + 9)
        #expect(state.nextDeadline(after: now + 9) == now + 29)
    }
}
