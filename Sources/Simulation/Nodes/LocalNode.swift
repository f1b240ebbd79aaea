import Core
import Synchronization

/// A node of a local federation: the same ledger that a manager keeps, without a disk and without a network.
final class LocalNode: Sendable {
    let name: String
    let role: NodeRole
    let labels: [String: String]
    /// Its place among the clients, from 0.
    let index: Int
    private let ledger: Mutex<NodeLedger>

    init(_ name: String, task: String, role: NodeRole, labels: [String: String] = [:], index: Int = 0) {
        self.name = name
        self.role = role
        self.labels = labels
        self.index = index
        ledger = Mutex(NodeLedger(task: task))
    }

    /// Takes what the controller wants of the node. The working tree is laid out and its worker runs before any node is
    /// asked, so what a manager would fetch and activate is there already.
    ///
    /// - Returns: The ticket to work on, where there is a new one.
    func desire(_ assignment: Assignment?, _ ticket: Ticket?) -> Ticket? {
        ledger.withLock { ledger in
            var effects = ledger.apply(.desired(assignment, ticket))
            var work: Ticket?
            while !effects.isEmpty {
                switch effects.removeFirst() {
                case .prepare(let assignment): effects += ledger.apply(.prepared(assignment))
                case .activate(let assignment): effects += ledger.apply(.activated(assignment))
                case .work(let ticket): work = ticket
                case .cancel, .deactivate, .report: break
                }
            }
            return work
        }
    }

    /// The node's half of the gate.
    func check(_ ticket: Ticket) throws(TicketRefusal) {
        let result = ledger.withLock { ledger in
            Result<Void, TicketRefusal> { () throws(TicketRefusal) in try ledger.check(ticket) }
        }
        try result.get()
    }

    func end(_ ticket: Ticket) {
        ledger.withLock { _ = $0.apply(.ticketEnded(epoch: ticket.epoch)) }
    }

    var report: TaskReport { ledger.withLock { $0.report() } }

    var member: Member { Member(node: name, role: role, labels: labels) }
}
