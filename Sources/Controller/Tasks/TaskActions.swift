import API
import Artifacts
import Core
import Foundation
import Logging
import Store

/// Adds tasks and takes them away.
struct TaskActions: Sendable {
    var site: ControllerSite
    var tasks: TaskRegistry
    var nodes: NodeRegistry
    var effects: EffectExecutor
    var cleanUp: WriterTurns

    func add(_ request: TaskRequest) async throws -> TaskRegistry.Entry {
        let mistakes = SourceValidation.mistakes(
            name: request.name,
            request.source,
            allowFile: site.options.allowFileRemotes
        )
        guard mistakes.isEmpty else { throw RequestError.invalid("the task", mistakes) }
        var state = TaskState(task: request.name, lease: site.options.lease)
        // Since when it has had no revision.
        state.quietSince = site.now()
        for node in nodes.all { state.members[node.name] = node.member }
        let source = SourceState(task: request.name, spec: request.source)
        // What a task of this name left behind before it was removed is not this one's.
        try forgetFiles(of: request.name, unlessTaken: true)
        do {
            state = try site.store.addTask(state, source, at: site.now())
        } catch {
            guard case .exists = error else { throw error }
            throw RequestError.conflict(
                "a task \"\(request.name)\" exists already",
                "choose another name, or remove that one first: fedops task rm \(request.name)"
            )
        }
        let effects = effects
        let entry = try tasks.start(state, source) { [weak effects] in effects?.nudge() }
        try await MemberReconciler.reconcile(entry.mailbox, with: nodes)
        entry.poller.tick(at: site.now())
        site.logger.info(
            "task added",
            metadata: ["task": "\(request.name)", "url": "\(SourceValidation.redacted(request.source.url))"]
        )
        return entry
    }

    func remove(_ name: String) async throws {
        let entry = try tasks.entry(name)
        let members = entry.mailbox.state.members.keys
        try await tasks.stop(name)
        await effects.forget(task: name)
        do {
            try site.store.removeTask(name)
        } catch {
            // Still there: it goes on from what is stored.
            if let stored = try site.store.loadTasks().first(where: { $0.task.task == name }) {
                let effects = effects
                try tasks.start(stored.task, stored.source) { [weak effects] in effects?.nudge() }
            }
            throw error
        }
        try forgetFiles(of: name, unlessTaken: false)
        cleanUp.collectWhenQuiet()
        for node in members { site.signals.signal(.desired(node: node)) }
        // Who follows its logs or events has seen the last of them.
        site.signals.signal(.logs(task: name))
        site.signals.signal(.events)
        site.logger.info("task removed", metadata: ["task": "\(name)"])
    }

    /// Mirrors, build logs and accounts of builds; what artifacts consist of is the clean-up's, since other tasks may share it.
    private func forgetFiles(of task: String, unlessTaken: Bool) throws {
        if unlessTaken, (try? tasks.entry(task)) != nil { return }
        for place in [site.folder.mirror(of: task), site.folder.logs(of: task), site.folder.provenances(of: task)] {
            if FileManager.default.fileExists(atPath: place.path) { try FileManager.default.removeItem(at: place) }
        }
    }
}

/// Makes a task know the nodes that are registered: one may have come or gone while the task wasn't listening.
enum MemberReconciler {
    static func reconcile(_ mailbox: TaskMailbox, with nodes: NodeRegistry) async throws {
        let records = nodes.all
        let known = mailbox.state.members
        for record in records {
            let member = known[record.name]
            let same =
                member?.role == record.role && member?.labels == record.labels && member?.draining == record.draining
            if !same { try await mailbox.send(.nodeChanged(record.member)) }
        }
        for name in known.keys.sorted() where !records.contains(where: { $0.name == name }) {
            try await mailbox.send(.nodeRemoved(name))
        }
    }
}
