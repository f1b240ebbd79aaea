import API
import Core

/// One node, for people.
struct NodePage {
    private(set) var lines: [String] = []

    init(_ node: NodeView, _ console: Console) {
        var page = Page(console)
        let (state, paint) = Self.state(node)
        page.field("Node", node.name, .strong)
        page.field("Role", node.role.rawValue)
        page.field("State", state, paint)
        page.field("Labels", Measures.labels(node.labels))
        page.field("Joined", "\(Measures.age(node.joined, console)) ago")
        page.field("Seen", node.lastSeen.map { "\(Measures.age($0, console)) ago" })
        page.field("Version", node.version)
        if let url = node.engineURL { page.field("Engine", url) }
        if let host = node.host {
            page.field("System", host.system)
            let cpu = host.cpu.map { "\(Measures.number($0 * 100, digits: 0))%" } ?? "-"
            page.field("CPU", "\(cpu) of \(host.cores.map { "\($0) cores" } ?? "all cores")")
            page.field("Memory", "\(Measures.bytes(host.memoryBytes)) of \(Measures.bytes(host.memoryTotalBytes))")
            page.field("Disk free", "\(Measures.bytes(host.diskFreeBytes)) of \(Measures.bytes(host.diskTotalBytes))")
        }
        page.text("")
        var table = Table(
            "TASK",
            "STATE",
            "RUNS",
            "WANTED",
            "WORKER",
            "RESTARTS#",
            "KEPT",
            "MESSAGE*",
            empty: "no task selects this node"
        )
        for task in node.tasks {
            let (state, paint) = Self.state(task)
            let worker = task.reports?.worker
            table.add(
                .init(task.task),
                .init(state, paint),
                .init(task.reports?.commit?.short ?? "-", task.reports?.commit == task.wants ? .plain : .warning),
                .init(task.wants?.short ?? "-"),
                .init(worker.map { worker in worker.state + (worker.pid.map { " (\($0))" } ?? "") } ?? "-"),
                .init(worker.map { "\($0.restarts)" } ?? "-"),
                .init(Measures.list(task.reports?.kept?.map(\.short) ?? [])),
                .init(task.reports?.message ?? "")
            )
        }
        page.append(table.lines(console))
        lines = page.lines
    }

    static func state(_ node: NodeView) -> (text: String, paint: Paint) {
        state(online: node.online, draining: node.draining) ?? ("online", .good)
    }

    static func state(_ node: NodeTaskView) -> (text: String, paint: Paint) {
        if let state = state(online: node.online, draining: node.draining) { return state }
        guard let report = node.reports else { return ("unheard", .warning) }
        let stage = report.stage.map { ", \($0)" } ?? ""
        let text = report.phase.rawValue + stage
        return switch report.phase {
        case .ready: (text, .good)
        case .failed, .degraded: (text, .bad)
        case .idle: (text, .faint)
        case .fetching, .preparing, .activating, .checking: (text, .busy)
        }
    }

    private static func state(online: Bool, draining: Bool) -> (text: String, paint: Paint)? {
        switch (online, draining) {
        case (false, true): ("offline, draining", .bad)
        case (false, false): ("offline", .bad)
        case (true, true): ("draining", .warning)
        case (true, false): nil
        }
    }
}
