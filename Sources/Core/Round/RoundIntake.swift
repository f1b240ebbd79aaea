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

    package enum ServerOutcome: Codable, Sendable, Equatable {
        case evaluated(Evaluation)
        /// It could not evaluate, and why.
        case failed(String)
    }

    /// What the clients' updates are worth.
    package struct Worth: Codable, Sendable, Equatable {
        package var values: [String: Double]
        /// What keeps them from being exact, or from being there.
        package var note: String?

        package init(values: [String: Double] = [:], note: String? = nil) {
            self.values = values
            self.note = note
        }
    }

    package let ticket: Ticket
    package private(set) var phase: Phase
    package private(set) var counted: [String: Contribution] = [:]
    /// Clients that will not deliver, and why.
    package private(set) var lost: [String: String] = [:]
    package private(set) var evaluations: [String: Evaluation] = [:]
    /// What the server node's own evaluation came to; absent while it lasts, and where none is wanted.
    package private(set) var serverOutcome: ServerOutcome?
    /// What the measuring of contributions came to; absent while it lasts, and where none is wanted.
    package private(set) var worth: Worth?
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
            let why =
                hasEnough
                ? "the round has the \(counted.count) updates that it needs"
                : "the round is \(phase.rawValue), not training"
            throw OfferRefusal(.tooLate, offer, why)
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

    /// The server node has evaluated the candidate, or could not.
    package mutating func serverEvaluated(_ outcome: ServerOutcome) {
        guard phase == .evaluating, ticket.evaluators.includesServer, serverOutcome == nil else { return }
        serverOutcome = outcome
        settle()
    }

    /// The server node has measured what the updates are worth, as far as it could.
    package mutating func valued(_ worth: Worth) {
        guard phase == .evaluating, ticket.contribution != nil, self.worth == nil else { return }
        self.worth = worth
        for (node, value) in worth.values where value.isFinite { counted[node]?.contribution = value }
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
            guard hasEnough || ticket.clients.allSatisfy({ counted[$0] != nil || lost[$0] != nil }) else { return }
            if counted.count >= ticket.minimum { phase = .evaluating } else { fail(shortfall) }
        case .evaluating:
            // Only who trained evaluates: a client that was lost has nothing to say of this model.
            let areClientsDone =
                !ticket.evaluators.includesClients
                || counted.keys.allSatisfy { evaluations[$0] != nil || lost[$0] != nil }
            let isServerDone = !ticket.evaluators.includesServer || serverOutcome != nil
            let isValued = ticket.contribution == nil || worth != nil
            if areClientsDone, isServerDone, isValued { phase = .finished }
        case .initialising, .finished, .failed: break
        }
    }

    /// More clients were asked than are needed, and so many have delivered.
    private var hasEnough: Bool { ticket.enough.map { counted.count >= max($0, ticket.minimum) } ?? false }

    private var shortfall: String {
        // What many say is said once.
        var nodes: [(why: String, names: [String])] = []
        for item in missing {
            if let index = nodes.firstIndex(where: { $0.why == item.why }) {
                nodes[index].names.append(item.node)
            } else {
                nodes.append((item.why, [item.node]))
            }
        }
        let missing = nodes.map { "\($0.names.joined(separator: ", ")): \($0.why)" }.joined(separator: "; ")
        return
            "\(counted.count) of \(ticket.clients.count) clients answered, the flow wants \(ticket.minimum) (\(missing))"
    }

    /// The clients whose update is not counted.
    package var missing: [MissingUpdate] {
        ticket.clients.filter { counted[$0] == nil }
            .map { node in
                if let why = lost[node] { return MissingUpdate(node: node, why: why) }
                return hasEnough
                    ? MissingUpdate(node: node, why: "not needed: the round had enough updates", surplus: true)
                    : MissingUpdate(node: node, why: "no update by the end of training")
            }
    }

    /// The clients whose update is counted but whose evaluation isn't there.
    package var unevaluated: [MissingUpdate]? {
        guard ticket.evaluators.includesClients else { return nil }
        let nodes = ticket.clients.filter { counted[$0] != nil && evaluations[$0] == nil }
        guard !nodes.isEmpty else { return nil }
        return nodes.map { MissingUpdate(node: $0, why: lost[$0] ?? "no evaluation by the deadline") }
    }

    /// Why the server node, which was asked, did not evaluate the candidate.
    package var serverUnevaluated: String? {
        guard ticket.evaluators.includesServer else { return nil }
        return switch serverOutcome {
        case .evaluated: nil
        case .failed(let why): why
        case nil: "no evaluation by the deadline"
        }
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
