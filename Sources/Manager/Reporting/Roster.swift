import API
import Artifacts
import Core
import Foundation
import Logging
import Synchronization

/// The tasks of this node, and the one place where the controller's documents arrive, whichever way they came.
final class Roster: Sendable {
    private struct State {
        var agents: [String: TaskAgent] = [:]
        /// Of the newest document; an older one says what was wanted before.
        var order: DocumentOrder?
        var heartbeat: Double = 5
    }

    private let services: NodeServices
    private let state = Mutex(State())
    private let arrivals: AsyncStream<TaskAgent>
    private let arrived: AsyncStream<TaskAgent>.Continuation

    /// Takes up the tasks that the last manager left on disk.
    init(services: NodeServices) throws {
        self.services = services
        (arrivals, arrived) = AsyncStream.makeStream(of: TaskAgent.self)
        for task in try services.folder.recordedTasks() {
            let agent = try TaskAgent(task, services: services)
            state.withLock { $0.agents[task] = agent }
            arrived.yield(agent)
        }
    }

    /// Seconds between two reports when nothing changes.
    var heartbeat: Double { state.withLock { $0.heartbeat } }

    func reports() -> [TaskReport] {
        let agents = state.withLock { Array($0.agents.values) }
        return agents.sorted { $0.task < $1.task }.map { $0.report() }
    }

    /// Sets each task to what the document wants of it; one that is older than another that was taken is dropped.
    func take(_ document: DesiredDocument) {
        guard document.node == services.registration.node else { return }
        let gone = state.withLock { state -> [TaskAgent] in
            if let order = state.order, document.order <= order { return [] }
            state.order = document.order
            state.heartbeat = min(300, max(0.05, document.heartbeat))
            let wanted = Dictionary(document.tasks.map { ($0.task, $0) }, uniquingKeysWith: { first, _ in first })
            for (task, desired) in wanted where Names.isValid(task) {
                agent(of: task, in: &state)?.desire(desired)
            }
            var gone: [TaskAgent] = []
            for (task, agent) in state.agents where wanted[task] == nil {
                agent.desire(nil)
                guard agent.isIdle else { continue }
                gone.append(agent)
                state.agents[task] = nil
            }
            return gone
        }
        for agent in gone { forget(agent) }
    }

    /// Runs every task's agent until it is cancelled; all workers are gone when this returns.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await agent in arrivals { group.addTask { await agent.run() } }
            group.cancelAll()
        }
    }

    /// Tells of each round that was left behind; after `run`.
    func disclaim() async {
        for agent in state.withLock({ Array($0.agents.values) }) { await agent.disclaim() }
    }

    private func agent(of task: String, in state: inout State) -> TaskAgent? {
        if let agent = state.agents[task] { return agent }
        do {
            let agent = try TaskAgent(task, services: services)
            state.agents[task] = agent
            arrived.yield(agent)
            return agent
        } catch {
            services.logger.error("task can't be taken up", metadata: ["task": "\(task)", "error": "\(error)"])
            return nil
        }
    }

    /// A task that comes back under the same name starts from nothing, as its epochs may.
    private func forget(_ agent: TaskAgent) {
        agent.close()
        try? FileManager.default.removeItem(at: services.folder.record(of: agent.task))
        try? FileManager.default.removeItem(at: services.folder.scratch(of: agent.task))
        try? FileManager.default.removeItem(at: services.folder.state(of: agent.task))
        agent.forgetTrackers()
        services.housekeeping.collectWhenQuiet()
        services.logger.info("task left this node", metadata: ["task": "\(agent.task)"])
    }
}
