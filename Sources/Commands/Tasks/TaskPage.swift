import API
import Core

/// One task, for people.
struct TaskPage {
    private(set) var lines: [String] = []

    init(_ task: TaskView, _ console: Console) {
        var page = Page(console)
        page.field("Task", task.name, .strong)
        page.field("Source", task.source.url)
        page.field("Deploys", Self.rule(task.source))
        page.field("Polled", Self.polling(task.source, console))
        if let failure = task.source.failure {
            page.field("Failure", "\(failure.kind): \(failure.message)", .bad)
        }
        if !task.source.movedTags.isEmpty {
            let moved = task.source.movedTags.sorted { $0.key < $1.key }.map { "\($0.key) to \($0.value.short)" }
            page.field("Moved tags", moved.joined(separator: ", "), .warning)
        }
        if !task.source.deletedTags.isEmpty {
            page.field("Deleted", Measures.list(task.source.deletedTags), .warning)
        }
        if !task.source.unreachableTags.isEmpty {
            page.field("Not on \(task.source.branch)", Measures.list(task.source.unreachableTags), .warning)
        }
        if let newest = task.newest { page.append(RevisionPage.summary(newest, "Newest", console)) }
        if let target = task.target, target.number != task.newest?.number {
            page.append(RevisionPage.summary(target, "Target", console))
        }
        if let rollout = task.rollout {
            page.field("Rollout", RolloutPage.sentence(rollout), RolloutPage.paint(rollout.phase))
        }
        page.field("Gate", task.gate.open ? "open" : "closed", task.gate.open ? .good : .warning)
        for reason in task.gate.reasons { page.text("  " + GatePage.sentence(reason, console)) }
        if let run = task.run { page.field("Run", RunPage.sentence(run, console), RunPage.paint(run.status)) }
        if let model = task.model {
            page.field(
                "Model",
                "v\(model.version) of round \(model.round) (\(model.commit.short)): \(Measures.metrics(model.evaluation))"
            )
        }
        page.text("")
        page.append(Self.nodes(task.nodes).lines(console))
        for warning in task.warnings.prefix(5) {
            page.text(
                Paint.warning("warning ", console)
                    + SafeText.line("\(Measures.age(warning.at, console)) ago: \(warning.message)")
            )
        }
        lines = page.lines
    }

    private static func rule(_ source: SourceView) -> String {
        switch source.deployOn {
        case .tag: "tags \(source.tags) on \(source.branch), \(source.flow)"
        case .push: "every push to \(source.branch), \(source.flow)"
        }
    }

    private static func polling(_ source: SourceView, _ console: Console) -> String {
        let last = source.lastPoll.map { "\(Measures.age($0, console)) ago" } ?? "not yet"
        let every = Measures.duration(source.interval)
        return switch source.failures {
        case 0: "\(last), every \(every)"
        case 1: "\(last), and failed"
        default: "\(last), \(source.failures) failures in a row"
        }
    }

    /// What each node of the task reports beside what is wanted of it.
    static func nodes(_ nodes: [NodeTaskView]) -> Table {
        var table = Table("NODE", "ROLE", "STATE", "RUNS", "WANTED", "MESSAGE*", empty: "no nodes are selected yet")
        for node in nodes {
            let (state, paint) = NodePage.state(node)
            table.add(
                .init(node.node),
                .init(node.role.rawValue),
                .init(state, paint),
                .init(node.reports?.commit?.short ?? "-", node.reports?.commit == node.wants ? .plain : .warning),
                .init(node.wants?.short ?? "-"),
                .init(node.reports?.message ?? "")
            )
        }
        return table
    }
}
