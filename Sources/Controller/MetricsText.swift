import Core
import Store
import Synchronization

/// The controller's metrics in Prometheus' text format 0.0.4.
///
/// The only label that names something is `task`: there are few, and operators name them. Nodes, revisions, runs and
/// commits are counted, never labels.
struct MetricsText: Sendable {
    var site: ControllerSite
    var tasks: TaskRegistry
    var nodes: NodeRegistry

    func text() -> String {
        var lines: [String] = []
        func metric(_ name: String, _ type: String, _ help: String, _ samples: [(labels: String, value: Double)]) {
            lines.append("# HELP fedops_\(name) \(help)")
            lines.append("# TYPE fedops_\(name) \(type)")
            for sample in samples {
                let value = sample.value == sample.value.rounded() ? String(Int(sample.value)) : "\(sample.value)"
                lines.append("fedops_\(name)\(sample.labels) \(value)")
            }
        }
        let instant = site.now()
        let states = tasks.all.map { (state: $0.mailbox.state, source: $0.poller.state) }
        func perTask(_ value: (TaskState, SourceState) -> Double) -> [(String, Double)] {
            states.map { ("{task=\"\($0.state.task)\"}", value($0.state, $0.source)) }
        }
        let metrics = site.metrics

        metric("tasks_count", "gauge", "Tasks.", [("", Double(states.count))])
        let all = nodes.all
        metric(
            "nodes_count",
            "gauge",
            "Registered nodes.",
            NodeRole.allCases.flatMap { role in
                [true, false].map { online in
                    let count = all.count { $0.role == role && nodes.isOnline($0.name, at: instant) == online }
                    return ("{role=\"\(role.rawValue)\",online=\"\(online)\"}", Double(count))
                }
            }
        )
        metric(
            "gate_open",
            "gauge",
            "1 where the task's gate is open.",
            perTask { state, _ in
                state.gate(at: instant).open ? 1 : 0
            }
        )
        metric(
            "gate_reasons_count",
            "gauge",
            "What holds the task's gate.",
            perTask { state, _ in
                Double(state.gate(at: instant).reasons.count)
            }
        )
        metric(
            "rollout_active",
            "gauge",
            "1 while the task's nodes move.",
            perTask { state, _ in
                state.rollout.map { $0.phase.isFinal ? 0 : 1 } ?? 0
            }
        )
        metric(
            "round_active",
            "gauge",
            "1 while a round is under way.",
            perTask { state, _ in state.round == nil ? 0 : 1 }
        )
        metric("rounds_issued_total", "counter", "Tickets issued.", perTask { state, _ in Double(state.epoch) })
        metric("models_total", "counter", "Global models.", perTask { state, _ in Double(state.modelCount) })
        metric(
            "run_failures_count",
            "gauge",
            "Failed attempts at the current round.",
            perTask { state, _ in
                Double(state.run?.failures ?? 0)
            }
        )
        metric(
            "poll_failures_count",
            "gauge",
            "Failed polls in a row.",
            perTask { _, source in Double(source.failures) }
        )
        metric("polls_total", "counter", "Polls that worked.", [("", Double(metrics.polls.load(ordering: .relaxed)))])
        metric(
            "poll_errors_total",
            "counter",
            "Polls that failed.",
            [
                ("", Double(metrics.pollFailures.load(ordering: .relaxed)))
            ]
        )
        metric(
            "fetches_total",
            "counter",
            "Fetches from remotes.",
            [
                ("", Double(metrics.fetches.load(ordering: .relaxed)))
            ]
        )
        metric(
            "builds_total",
            "counter",
            "Builds that ended.",
            [
                ("{result=\"ready\"}", Double(metrics.buildsReady.load(ordering: .relaxed))),
                ("{result=\"failed\"}", Double(metrics.buildsFailed.load(ordering: .relaxed))),
            ]
        )
        metric(
            "reports_total",
            "counter",
            "Reports of nodes.",
            [("", Double(metrics.reports.load(ordering: .relaxed)))]
        )
        metric("streams_count", "gauge", "Open event streams.", [("", Double(site.signals.count))])
        metric(
            "requests_total",
            "counter",
            "Requests by what became of them.",
            [
                ("{result=\"ok\"}", Double(metrics.requestsOK.load(ordering: .relaxed))),
                ("{result=\"refused\"}", Double(metrics.requestsRefused.load(ordering: .relaxed))),
                ("{result=\"failed\"}", Double(metrics.requestsFailed.load(ordering: .relaxed))),
            ]
        )
        return lines.joined(separator: "\n") + "\n"
    }
}
