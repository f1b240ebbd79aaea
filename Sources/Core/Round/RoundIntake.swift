/// The engine's account of one round: which updates it counted, which it refused, and what the round waits for.
package struct RoundIntake: Codable, Sendable, Equatable {
    package enum Phase: String, Codable, Sendable {
        /// A client makes the first global model.
        case initialising
        case training
        /// The candidate global model is out for evaluation.
        case evaluating
        case finished, failed
    }

    /// What an update says of itself before its tensors arrive.
    package struct Offer: Codable, Sendable, Equatable {
        package var node: String
        package var epoch: Int
        package var commit: CommitHash
        package var digest: ContentDigest

        package init(node: String, epoch: Int, commit: CommitHash, digest: ContentDigest) {
            self.node = node
            self.epoch = epoch
            self.commit = commit
            self.digest = digest
        }
    }

    package struct Evaluation: Codable, Sendable, Equatable {
        package var examples: Int
        package var metrics: [String: Double]

        package init(examples: Int, metrics: [String: Double]) {
            self.examples = examples
            self.metrics = metrics
        }
    }

    package let ticket: Ticket
    package private(set) var phase: Phase
    package private(set) var counted: [String: Contribution] = [:]
    /// Clients that will not deliver, and why.
    package private(set) var lost: [String: String] = [:]
    package private(set) var evaluations: [String: Evaluation] = [:]
    package private(set) var reason: String?

    package init(ticket: Ticket) {
        self.ticket = ticket
        phase = ticket.base == nil ? .initialising : .training
    }

    /// Whether an update may be read at all; asked before its body, and again, under the lock that counts it.
    package func check(_ offer: Offer, at instant: Instant) throws(OfferRefusal) {
        try checkTicket(offer)
        if counted[offer.node] != nil {
            throw OfferRefusal(.alreadyCounted, offer, "its update is already counted")
        }
        guard phase == .training else {
            throw OfferRefusal(.tooLate, offer, "the round is \(phase.rawValue), not training")
        }
        if instant > ticket.trainBy {
            throw OfferRefusal(.tooLate, offer, "training ended at \(ticket.trainBy.iso8601)")
        }
    }

    /// Whether what the node sends belongs to this round's ticket.
    package func checkTicket(_ offer: Offer) throws(OfferRefusal) {
        guard ticket.clients.contains(offer.node) else {
            throw OfferRefusal(.stranger, offer, "the ticket doesn't name it")
        }
        if offer.epoch != ticket.epoch {
            throw OfferRefusal(.otherTicket, offer, "it is of epoch \(offer.epoch), the round of \(ticket.epoch)")
        }
        if offer.commit != ticket.commit {
            throw OfferRefusal(.otherTicket, offer, "it was made by \(offer.commit), the round runs \(ticket.commit)")
        }
        if offer.digest != ticket.digest {
            throw OfferRefusal(.otherTicket, offer, "it was made by another artifact of \(ticket.commit)")
        }
    }

    /// The first global model is there.
    package mutating func initialised() {
        if phase == .initialising { phase = .training }
    }

    /// The update is part of the sum; a second one of the same node is refused by `check`.
    package mutating func count(_ contribution: Contribution) {
        guard phase == .training, counted[contribution.node] == nil else { return }
        counted[contribution.node] = contribution
        lost[contribution.node] = nil
        settle()
    }

    /// A client said that it can't deliver. It may still do so, if its manager tries again in time.
    package mutating func lose(_ node: String, why: String) {
        guard ticket.clients.contains(node), counted[node] == nil || phase == .evaluating else { return }
        lost[node] = why
        if phase == .initialising, node == ticket.initializer {
            return fail("node \(node) could not make the first global model: \(why)")
        }
        settle()
    }

    package mutating func evaluated(_ node: String, _ evaluation: Evaluation) {
        guard phase == .evaluating, ticket.clients.contains(node) else { return }
        evaluations[node] = evaluation
        counted[node]?.evaluation = evaluation.metrics
        counted[node]?.evaluationExamples = evaluation.examples
        settle()
    }

    package mutating func fail(_ reason: String) {
        guard phase != .finished, phase != .failed else { return }
        phase = .failed
        self.reason = reason
    }

    /// Looks at the deadlines.
    package mutating func tick(at instant: Instant) {
        switch phase {
        case .initialising where instant > ticket.trainBy:
            fail("node \(ticket.initializer ?? "") made no first global model by \(ticket.trainBy.iso8601)")
        case .training where instant > ticket.trainBy:
            if counted.count >= ticket.minimum {
                phase = .evaluating
                settle()
            } else {
                fail(shortfall)
            }
        case .evaluating where instant > ticket.deadline: phase = .finished
        default: break
        }
    }

    private mutating func settle() {
        switch phase {
        case .training:
            guard ticket.clients.allSatisfy({ counted[$0] != nil || lost[$0] != nil }) else { return }
            if counted.count >= ticket.minimum { phase = .evaluating } else { fail(shortfall) }
        case .evaluating:
            // Only who trained evaluates: a client that was lost has nothing to say of this model.
            guard counted.keys.allSatisfy({ evaluations[$0] != nil || lost[$0] != nil }) else { return }
            phase = .finished
        case .initialising, .finished, .failed: break
        }
    }

    private var shortfall: String {
        let missing = missing.map { "\($0.node): \($0.why)" }.joined(separator: "; ")
        return
            "\(counted.count) of \(ticket.clients.count) clients answered, the flow wants \(ticket.minimum) (\(missing))"
    }

    /// The clients whose update is not counted.
    package var missing: [MissingUpdate] {
        ticket.clients.filter { counted[$0] == nil }
            .map { MissingUpdate(node: $0, why: lost[$0] ?? "no update by the end of training") }
    }

    /// The clients whose update is counted but whose evaluation isn't there.
    package var unevaluated: [MissingUpdate]? {
        let nodes = ticket.clients.filter { counted[$0] != nil && evaluations[$0] == nil }
        guard !nodes.isEmpty else { return nil }
        return nodes.map { MissingUpdate(node: $0, why: lost[$0] ?? "no evaluation by the deadline") }
    }

    /// Contributions in the order of the ticket's clients.
    package var contributions: [Contribution] { ticket.clients.compactMap { counted[$0] } }
}

/// Why an engine doesn't take what a client sends.
package struct OfferRefusal: Error, Codable, Sendable, Equatable, CustomStringConvertible {
    package enum Kind: String, Codable, Sendable {
        case stranger, otherTicket, alreadyCounted, tooLate
    }

    package var kind: Kind
    package var node: String
    package var why: String

    package init(_ kind: Kind, _ offer: RoundIntake.Offer, _ why: String) {
        self.kind = kind
        node = offer.node
        self.why = why
    }

    package var description: String { "update of node \(node) refused: \(why)" }
}
