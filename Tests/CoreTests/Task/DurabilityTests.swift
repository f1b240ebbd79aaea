import Core
import Testing

/// What makes a task's state worth a transaction, and what would only wear out the disk.
@Suite struct DurabilityTests {
    private func state(heard instant: Instant, sequence: Int, memory: Int, phase: NodePhase = .idle) -> TaskState {
        var state = TaskState(task: "digits", lease: 15)
        var report = TaskReport(task: "digits", phase: phase)
        report.worker = WorkerFacts(state: "idle", pid: 7, memoryBytes: memory)
        _ = state.apply(.nodeChanged(Member(node: "site-1", role: .client)), at: instant)
        let order = ReportOrder(boot: 1, bootID: "a", sequence: sequence)
        _ = state.apply(.reported(node: "site-1", order: order, engineURL: nil, report: report), at: instant)
        return state
    }

    @Test func heartbeatsThatSayNothingNewAreNotStored() {
        let start = Instant(milliseconds: 0)
        let before = state(heard: start, sequence: 1, memory: 1000)
        #expect(!state(heard: start + 5, sequence: 2, memory: 1500).differsDurably(from: before))
    }

    @Test func reportsOfAnotherPhaseAreStored() {
        let start = Instant(milliseconds: 0)
        let before = state(heard: start, sequence: 1, memory: 1000)
        #expect(state(heard: start, sequence: 2, memory: 1000, phase: .fetching).differsDurably(from: before))
    }
}
