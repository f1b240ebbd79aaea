import API
import Artifacts
import Core
import Store
import Synchronization

/// Writes down what a node should be doing, from the tasks' states as they are at that moment.
final class DesiredDocuments: Sendable {
    private let sequence = Mutex(0)
    private let boot: Int
    private let secret: String
    private let site: ControllerSite
    private let tasks: TaskRegistry

    init(_ site: ControllerSite, _ tasks: TaskRegistry) throws {
        self.site = site
        self.tasks = tasks
        boot = try site.store.beginBoot(at: site.now())
        secret = try site.store.secret("tickets")
    }

    /// A document with a higher order was made later, and from states that are at least as new: numbers are given, and
    /// states are read, by one caller at a time.
    func document(for node: String) -> DesiredDocument {
        sequence.withLock { sequence in
            sequence += 1
            return DesiredDocument(
                node: node,
                time: site.now(),
                order: DocumentOrder(boot: boot, sequence: sequence),
                heartbeat: site.options.heartbeat,
                tasks: tasks.all.compactMap { desired($0.mailbox.state, node: node) }
            )
        }
    }

    private func desired(_ state: TaskState, node: String) -> DesiredTask? {
        guard let member = state.members[node] else { return nil }
        let release = member.assigned.flatMap { state.releases[$0] }
        let ticket = state.ticket(for: node)
        guard release != nil || ticket != nil else { return nil }
        var desired = DesiredTask(
            task: state.task,
            assignment: release.map {
                Assignment(
                    commit: $0.commit,
                    digest: $0.digest,
                    environment: $0.environment,
                    name: $0.name,
                    attempt: member.attempt ?? 0
                )
            },
            ticket: ticket
        )
        if member.role == .server {
            desired.modelsKey = modelsKey(task: state.task, node: node)
            desired.model = state.model
            desired.best = state.best?.model
        }
        if let ticket {
            let round = TicketKeys.round(secret: secret, task: state.task, epoch: ticket.epoch)
            if ticket.server == node {
                desired.roundKey = round
            } else {
                desired.ticketKey = TicketKeys.client(round: round, node: node)
            }
        }
        return desired
    }

    /// With which `node` checks grants for the models of `task` that it holds.
    func modelsKey(task: String, node: String) -> String { TicketKeys.models(secret: secret, task: task, node: node) }
}
