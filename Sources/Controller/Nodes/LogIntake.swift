import API
import Core
import Store

/// Takes the log lines that managers send.
struct LogIntake: Sendable {
    var site: ControllerSite
    var nodes: NodeRegistry

    func take(_ batch: LogBatch, from node: String) throws {
        guard batch.lines.allSatisfy({ $0.node == node }) else {
            throw Problem(status: 403, title: "node \(node) may send its own log lines only")
        }
        guard !batch.lines.isEmpty else { return }
        let boot = batch.boot ?? nodes.facts(node).order?.boot ?? 0
        try site.store.appendLogs(batch.lines, node: node, boot: boot)
        for task in Set(batch.lines.map(\.task)) { site.signals.signal(.logs(task: task)) }
    }
}
