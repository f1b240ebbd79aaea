/// What the controller wants of one task on a node.
package struct Assignment: Codable, Sendable, Hashable {
    package var commit: CommitHash
    package var digest: ContentDigest
    /// Digest of the wheelhouse's manifest, where there is one.
    package var environment: ContentDigest?
    /// Tag or branch head, for people.
    package var name: String
    /// A release that failed is tried again only under a newer number.
    package var attempt: Int

    package init(
        commit: CommitHash,
        digest: ContentDigest,
        environment: ContentDigest? = nil,
        name: String,
        attempt: Int
    ) {
        self.commit = commit
        self.digest = digest
        self.environment = environment
        self.name = name
        self.attempt = attempt
    }
}

/// The manager's own account of one task: what is active, what is being prepared, and the ticket in hand.
///
/// Its two rules are the node's half of the gate. A ticket is taken only where it matches what is active, and while one
/// is in hand nothing is activated. Both look at the same value, and the manager applies events under one lock.
package struct NodeLedger: Codable, Sendable, Equatable {
    package var task: String
    package var desired: Assignment?
    /// The ticket that the controller wants worked on.
    package var offered: Ticket?
    /// What the worker was loaded from.
    package var active: Assignment?
    package var preparing: Assignment?
    /// On disk with its environment, waiting for the ticket in hand to end.
    package var prepared: Assignment?
    package var activating: Assignment?
    package var failed: FailedAssignment?
    package var inHand: HeldTicket?
    /// Tickets of a lower epoch are refused: they were withdrawn, or their work is done.
    package var fence = 0
    package var refusal: TicketRefusal?
    /// Why the active revision's worker isn't well.
    package var degraded: String?
    package var step: Step?

    /// How far the assignment in `preparing` is.
    package enum Step: String, Codable, Sendable {
        case fetching, preparing
    }

    package struct FailedAssignment: Codable, Sendable, Equatable {
        package var assignment: Assignment
        package var message: String
    }

    package struct HeldTicket: Codable, Sendable, Equatable {
        package var ticket: Ticket
        /// The controller took it back; it is put down once its stage has really stopped.
        package var cancelled = false
    }

    package init(task: String) { self.task = task }
}

/// Why a node doesn't work on a ticket, with both sides of the mismatch.
package struct TicketRefusal: Error, Codable, Sendable, Equatable, CustomStringConvertible {
    package var epoch: Int
    package var ticketCommit: CommitHash
    package var activeCommit: CommitHash?
    package var why: String

    package var description: String {
        "ticket of epoch \(epoch) for \(ticketCommit) refused: \(why); active is \(activeCommit?.text ?? "nothing")"
    }
}

package enum LedgerEvent: Codable, Sendable, Equatable {
    /// The whole of what the controller wants; what is absent is no longer wanted.
    case desired(Assignment?, Ticket?)
    case stepped(Assignment, NodeLedger.Step)
    case prepared(Assignment)
    case prepareFailed(Assignment, message: String)
    /// The new worker is loaded and healthy, the switch is made, and the old worker is gone.
    case activated(Assignment)
    case activationFailed(Assignment, message: String)
    /// The work on the ticket ended, be it done, failed or cancelled.
    case ticketEnded(epoch: Int)
    case workerFailed(message: String)
    case workerRestored
    /// The manager started anew; nothing of what was under way is any more.
    case restarted
}

package enum LedgerEffect: Codable, Sendable, Equatable {
    /// Fetch what is missing, verify it and make its environment.
    case prepare(Assignment)
    /// Load a worker from it, check it, then switch.
    case activate(Assignment)
    case work(Ticket)
    case cancel(epoch: Int)
    /// Nothing is assigned any more: stop the worker.
    case deactivate
    /// Tell the controller.
    case report
}
