import API
import Core
import Store

/// Puts together what people are shown, from the tasks' states and the history.
struct Views: Sendable {
    var site: ControllerSite
    var tasks: TaskRegistry
    var nodes: NodeRegistry

    func status(started: Instant) throws -> StatusView {
        let instant = site.now()
        let all = nodes.all
        return StatusView(
            version: site.options.version,
            started: started,
            time: instant,
            tasks: try tasks.all.map(task),
            nodesOnline: all.count { nodes.isOnline($0.name, at: instant) },
            nodes: all.count
        )
    }

    func task(_ entry: TaskRegistry.Entry) throws -> TaskView {
        let (state, instant) = (entry.mailbox.state, site.now())
        return TaskView(
            name: state.task,
            source: SourceView(entry.poller.state),
            target: try state.target.flatMap { try site.store.revision(state.task, $0.name) },
            newest: try site.store.revisions(state.task, limit: 1).first,
            rollout: activeRollout(state),
            gate: state.gate(at: instant),
            run: state.run.map { run(state, $0) },
            model: try state.model.flatMap { try site.store.model(state.task, $0.version) },
            nodes: members(state).map { nodeTask(state, $0, at: instant) },
            warnings: try site.store.newestEvents(state.task, kind: .warning, limit: 5).map(\.event)
        )
    }

    /// Nodes that the task is about: those that its flow selects, and those that still have something of it.
    private func members(_ state: TaskState) -> [Member] {
        let selected = state.target.map { state.selected(by: $0) } ?? []
        let names = Set(selected.map(\.node))
        let others = state.members.values
            .filter { !names.contains($0.node) && ($0.assigned != nil || $0.report != nil) }
            .sorted { $0.node < $1.node }
        return selected + others
    }

    private func nodeTask(_ state: TaskState, _ member: Member, at instant: Instant) -> NodeTaskView {
        NodeTaskView(
            task: state.task,
            node: member.node,
            role: member.role,
            online: state.isFresh(member.node, at: instant),
            draining: member.draining,
            wants: member.assigned.flatMap { state.releases[$0]?.commit },
            reports: member.report
        )
    }

    func node(_ record: NodeRecord) -> NodeView {
        let (facts, instant) = (nodes.facts(record.name), site.now())
        return NodeView(
            name: record.name,
            role: record.role,
            labels: record.labels,
            online: nodes.isOnline(record.name, at: instant),
            draining: record.draining,
            joined: record.joined,
            lastSeen: facts.lastSeen,
            version: facts.version,
            host: facts.host,
            engineURL: facts.engineURL,
            tasks: tasks.all.compactMap { entry in
                let state = entry.mailbox.state
                guard let member = state.members[record.name], member.assigned != nil || member.report != nil else {
                    return nil
                }
                return nodeTask(state, member, at: instant)
            }
        )
    }

    func revision(_ task: String, _ reference: String) throws -> RevisionView {
        _ = try tasks.entry(task)
        guard let revision = try site.store.revision(task, reference) else {
            throw RequestError.missing("revision", reference, of: task)
        }
        return revision
    }

    func model(_ task: String, _ text: String) throws -> ModelView {
        let state = try tasks.entry(task).mailbox.state
        let version =
            switch text {
            case "latest": state.model?.version
            case "best": state.best?.model.version
            default: Int(text)
            }
        guard let version, let model = try site.store.model(task, version) else {
            throw RequestError.missing("model", text, of: task)
        }
        return marked(model, state)
    }

    /// Newest first.
    func models(_ task: String) throws -> [ModelView] {
        let state = try tasks.entry(task).mailbox.state
        return try site.store.models(task).map { marked($0, state) }
    }

    /// Says so where it is the best.
    private func marked(_ model: ModelRecord, _ state: TaskState) -> ModelView {
        var model = model
        model.best = model.version == state.best?.model.version ? true : nil
        return model
    }
}
