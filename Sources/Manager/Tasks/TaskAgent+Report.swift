import Core
import Engines
import FlowRunner
import Synchronization

extension TaskAgent {
    /// What the task's part of a report says.
    func report() -> TaskReport {
        let state = state.withLock { $0 }
        var report = state.record.ledger.report()
        report.message = report.message ?? state.trouble
        if report.phase == .degraded, state.isSettling {
            // It is no failure of the revision that its worker isn't there yet, and must not count as one in a rollout.
            report.phase = .checking
        }
        if state.isStopped {
            report.phase = report.commit == nil ? .idle : .checking
            report.message = "the manager of this node was stopped"
        }
        report.kept = state.record.kept.map(\.commit)
        report.newestModel = services.engine?.newestModel(task: task)
        guard let worker = state.worker else {
            if report.commit != nil { report.worker = WorkerFacts(state: "starting", restarts: state.restarts) }
            return report
        }
        var facts = worker.facts
        facts.restarts = state.restarts
        report.worker = facts
        report.stage = worker.stage
        return report
    }
}
