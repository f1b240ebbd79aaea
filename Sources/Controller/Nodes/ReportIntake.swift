import API
import Core
import Logging
import Store
import Synchronization

/// Takes what managers report, and hands it to every task.
struct ReportIntake: Sendable {
    var site: ControllerSite
    var nodes: NodeRegistry
    var tasks: TaskRegistry

    /// Returns when each task has taken the report into account.
    func take(_ report: NodeReport) async throws {
        site.metrics.reports.add(1, ordering: .relaxed)
        switch nodes.note(report, at: site.now()) {
        case .overtaken: return
        case .cloned(let last): throw refuse(report, cloned: last)
        case .rewound(let last):
            throw RequestError.conflict(
                "node \(report.node) reports boot \(report.order.boot), but boot \(last.boot) was seen before",
                "its data folder was put back to an older state: remove it on that machine, and join again"
            )
        case .news: break
        }
        let byTask = Dictionary(report.tasks.map { ($0.task, $0) }, uniquingKeysWith: { first, _ in first })
        try await tasks.sendToAll { state in
            .reported(
                node: report.node,
                order: report.order,
                engineURL: report.engineURL,
                report: byTask[state.task]
            )
        }
    }

    private func refuse(_ report: NodeReport, cloned last: ReportOrder) -> any Error {
        let what =
            "two machines report as node \(report.node): both are at boot \(report.order.boot), as \(last.bootID) and "
            + "as \(report.order.bootID)"
        site.logger.warning("cloned node refused", metadata: ["node": "\(report.node)", "boot": "\(last.boot)"])
        if nodes.isFirstSight(ofClone: report.order.bootID, of: report.node) {
            let events = tasks.all.map {
                EventRecord(task: $0.mailbox.task, node: report.node, at: site.now(), kind: .warning, message: what)
            }
            do { try site.store.append(events) } catch { return error }
            site.signals.signal(.events)
        }
        return RequestError.conflict(
            what,
            "a disk was copied: on one of the two machines remove the manager's data folder and join under a new name"
        )
    }
}
