import API
import ControllerClient
import Core
import Foundation
import Synchronization

/// Nodes without managers: they join, and report at once that they run whatever they are told to.
final class SimulatedNodes: Sendable {
    private struct Node {
        var client: ControllerClient
        var name: String
        var sequence = 0
        var tasks: [TaskReport] = []
    }

    private let nodes: Mutex<[Node]>

    /// Joins them with tokens of their own; the first is the server node.
    init(_ operator: ControllerClient, at url: String, count: Int) async throws {
        var nodes: [Node] = []
        for index in 0..<count {
            let name = "node-\(index)"
            let role: NodeRole = index == 0 ? .server : .client
            let token = try await `operator`.createToken(TokenRequest(role: role, node: name))
            guard let secret = token.token else { throw BenchmarkError("the controller gave no token for \(name)") }
            let labels = ["site": "site-\(index % 5)"]
            let answer = try await ControllerClient(url: url, token: nil)
                .join(JoinRequest(token: secret, name: name, labels: labels))
            nodes.append(Node(client: try ControllerClient(url: url, token: answer.secret, caller: .node), name: name))
        }
        self.nodes = Mutex(nodes)
    }

    /// One report of each, and what the answer wants is what it will report next.
    func report() async throws {
        for index in nodes.withLock({ $0.indices }) {
            let node = nodes.withLock { nodes in
                nodes[index].sequence += 1
                return nodes[index]
            }
            let document = try await node.client.report(report(of: node, isServer: index == 0))
            let tasks = document.tasks.compactMap { task in task.assignment.map { ready(task.task, $0) } }
            nodes.withLock { $0[index].tasks = tasks }
        }
    }

    /// Heartbeats, until it is cancelled.
    func keepReporting() async throws {
        while true {
            try await Task.sleep(for: .seconds(3))
            try await report()
        }
    }

    private func report(of node: Node, isServer: Bool) -> NodeReport {
        var host = HostFacts()
        host.cpu = 0.4
        host.cores = 16
        host.memoryBytes = 9 << 30
        host.memoryTotalBytes = 64 << 30
        host.diskFreeBytes = 300 << 30
        host.diskTotalBytes = 900 << 30
        host.system = "Linux 6.1"
        return NodeReport(
            node: node.name,
            order: ReportOrder(boot: 1, bootID: node.name, sequence: node.sequence),
            version: "simulated",
            host: host,
            engineURL: isServer ? "http://127.0.0.1:9" : nil,
            tasks: node.tasks
        )
    }

    private func ready(_ task: String, _ assignment: Assignment) -> TaskReport {
        var report = TaskReport(
            task: task,
            commit: assignment.commit,
            digest: assignment.digest,
            phase: .ready,
            attempt: assignment.attempt
        )
        report.worker = WorkerFacts(state: "idle", pid: 4711, restarts: 0, memoryBytes: 300 << 20)
        report.kept = [assignment.commit]
        return report
    }
}
