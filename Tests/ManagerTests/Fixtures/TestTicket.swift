import API
import Artifacts
import Foundation

@testable import Core

/// A ticket with the keys that go with it, for a server node and its clients.
struct TestTicket {
    static let secret = "controller-secret"

    let ticket: Ticket
    private let key: String

    /// - Parameters:
    ///   - seconds: From now to the end of training; the round ends as long after that.
    init(
        _ epoch: Int,
        on revision: TestRevision,
        serverURL: String,
        clients: [String],
        base: ModelReference? = nil,
        evaluate: EvaluationPlace? = nil,
        seconds: Double = 60
    ) {
        let now = Instant(Date())
        ticket = Ticket(
            task: "digits",
            run: 1,
            round: epoch,
            epoch: epoch,
            commit: revision.assignment.commit,
            digest: revision.assignment.digest,
            server: "server",
            serverURL: serverURL,
            clients: clients,
            base: base,
            initializer: base == nil ? clients.first : nil,
            version: (base?.version ?? 0) + 1,
            minimum: clients.count,
            evaluate: evaluate,
            strategy: "fedavg",
            epochs: 1,
            issued: now,
            trainBy: now + seconds,
            deadline: now + 2 * seconds
        )
        key = TicketKeys.round(secret: Self.secret, task: "digits", epoch: epoch)
    }

    /// What the document of `node` says with it.
    func desired(for node: String, _ revision: TestRevision) -> DesiredTask {
        var desired = DesiredTask(task: "digits", assignment: revision.assignment, ticket: ticket)
        if node == "server" {
            desired.roundKey = key
        } else {
            desired.ticketKey = TicketKeys.client(round: key, node: node)
        }
        return desired
    }
}
