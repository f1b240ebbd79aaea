import Core

extension SimulatedWorld {
    /// One thing that can happen, chosen by the seed.
    mutating func chaoticStep() {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<38: deliver(fairly: false)
        case 38..<56: sendReport(of: anyNode())
        case 56..<80: progress(anyNode(), mayFail: true)
        case 80..<88:
            now = now + Double.random(in: 0...8, using: &random)
            apply(.tick)
        case 88..<91: release()
        case 91..<94: crash(anyNode())
        case 94..<96: restartController()
        case 96: duplicateMessage()
        case 97: if !network.isEmpty { network.remove(at: Int.random(in: 0..<network.count, using: &random)) }
        case 98: apply(.rolloutPaused(reason: "an operator"))
        default: Bool.random(using: &random) ? apply(.rolloutResumed) : undo()
        }
    }

    /// Everything works, in order: whatever the chaos left behind has to come to an end from here.
    mutating func fairRound() {
        apply(.rolloutResumed)
        for name in nodes.keys.sorted() {
            sendDocument(to: name)
            progress(name, mayFail: false)
            sendReport(of: name)
        }
        while !network.isEmpty { deliver(fairly: true) }
        now = now + 1
        apply(.tick)
    }

    private mutating func anyNode() -> String {
        nodes.keys.sorted().randomElement(using: &random) ?? "server"
    }

    private mutating func undo() {
        if let earlier = releases.randomElement(using: &random) { apply(.undo(earlier)) }
    }

    private mutating func duplicateMessage() {
        if let message = network.randomElement(using: &random) { network.append(message) }
    }

    mutating func sendReport(of name: String) {
        guard var node = nodes[name] else { return }
        let (order, report) = node.report()
        nodes[name] = node
        network.append(.report(node: name, order, report))
    }

    private mutating func crash(_ name: String) {
        nodes[name]?.crash(violations: &violations)
        sendDocument(to: name)
    }

    // MARK: - The network

    private mutating func deliver(fairly: Bool) {
        guard !network.isEmpty else { return }
        let index = fairly ? 0 : Int.random(in: 0..<network.count, using: &random)
        switch network.remove(at: index) {
        case .report(let node, let order, let report):
            apply(
                .reported(node: node, order: order, engineURL: node == "server" ? "http://server" : nil, report: report)
            )
        case .document(let node, let order, let assignment, let ticket):
            guard let known = nodes[node]?.lastDocument, order > known else { return }
            nodes[node]?.lastDocument = order
            nodes[node]?.apply(.desired(assignment, ticket), violations: &violations)
        case .update(let offer, let maker): takeUpdate(offer, madeBy: maker)
        case .evaluation(let offer): takeEvaluation(offer)
        case .result(let node, let result):
            apply(.roundEnded(node: node, result))
            network.append(.answer(node: node, epoch: result.epoch, state.answer(to: result)))
        case .answer(let node, let epoch, let answer):
            guard answer != .pending, nodes[node]?.unanswered?.epoch == epoch else { return }
            nodes[node]?.unanswered = nil
            nodes[node]?.intake = nil
            nodes[node]?.work = nil
            nodes[node]?.apply(.ticketEnded(epoch: epoch), violations: &violations)
        }
    }

    private mutating func takeUpdate(
        _ offer: RoundIntake.Offer,
        madeBy maker: (commit: CommitHash, digest: ContentDigest)?
    ) {
        guard var intake = nodes["server"]?.intake else { return }
        do {
            try intake.check(offer, at: now)
        } catch {
            return
        }
        if maker?.commit != intake.ticket.commit || maker?.digest != intake.ticket.digest {
            violations.append(
                "epoch \(offer.epoch) counts an update of \(offer.node) made by \(String(describing: maker?.commit))"
            )
        }
        makers["\(offer.epoch)|\(offer.node)"] = maker
        intake.count(
            Contribution(
                node: offer.node,
                commit: offer.commit,
                examples: 10,
                update: offer.digest,
                seconds: 1,
                metrics: [:]
            )
        )
        nodes["server"]?.intake = intake
    }

    private mutating func takeEvaluation(_ offer: RoundIntake.Offer) {
        guard var intake = nodes["server"]?.intake else { return }
        do {
            try intake.checkTicket(offer)
        } catch {
            return
        }
        intake.evaluated(offer.node, .init(examples: 5, metrics: ["accuracy": 0.9]))
        nodes["server"]?.intake = intake
    }

    // MARK: - Work on a node

    /// Lets whatever a node has under way go one step further.
    private mutating func progress(_ name: String, mayFail: Bool) {
        guard var node = nodes[name] else { return }
        let fails = mayFail && Int.random(in: 0..<12, using: &random) == 0
        if node.ledger.degraded != nil { node.apply(.workerRestored, violations: &violations) }
        if let preparing = node.preparing {
            node.preparing = nil
            node.apply(
                fails ? .prepareFailed(preparing, message: "no disk") : .prepared(preparing),
                violations: &violations
            )
        } else if let activating = node.activating {
            node.activating = nil
            node.apply(
                fails ? .activationFailed(activating, message: "import error") : .activated(activating),
                violations: &violations
            )
        } else if node.role == .server {
            serve(&node)
        } else if node.work != nil {
            train(&node, fails: fails)
        }
        nodes[name] = node
    }

    private mutating func train(_ node: inout SimulatedNode, fails: Bool) {
        guard var work = node.work else { return }
        let ticket = work.ticket
        if node.ledger.inHand?.cancelled != false || node.ledger.inHand?.ticket != ticket || fails {
            node.work = nil
            node.apply(.ticketEnded(epoch: ticket.epoch), violations: &violations)
            return
        }
        do {
            try node.ledger.check(ticket)
        } catch {
            node.work = nil
            node.apply(.ticketEnded(epoch: ticket.epoch), violations: &violations)
            return
        }
        let offer = RoundIntake.Offer(
            node: node.name,
            epoch: ticket.epoch,
            commit: ticket.commit,
            digest: ticket.digest
        )
        if work.trainedBy == nil {
            work.trainedBy = node.ledger.active.map { ($0.commit, $0.digest) }
            node.work = work
        } else if !work.delivered {
            network.append(.update(offer, madeBy: work.trainedBy))
            work.delivered = true
            node.work = work
        } else {
            network.append(.evaluation(offer))
            // Delivered once more while the round lasts: the engine has to tell a second update from a first.
            network.append(.update(offer, madeBy: work.trainedBy))
        }
    }

    private mutating func serve(_ node: inout SimulatedNode) {
        if let result = node.unanswered { return network.append(.result(node: node.name, result)) }
        guard let work = node.work else { return }
        let ticket = work.ticket
        if node.ledger.inHand?.cancelled == true {
            node.intake = nil
            node.work = nil
            node.apply(.ticketEnded(epoch: ticket.epoch), violations: &violations)
            return
        }
        guard var intake = node.intake else { return }
        intake.tick(at: now)
        intake.serverEvaluated(.evaluated(.init(examples: 5, metrics: ["accuracy": 0.9])))
        node.intake = intake
        let outcome: RoundResult.Outcome
        switch intake.phase {
        case .finished:
            guard let model = ContentDigest(String(repeating: "f", count: 60) + String(format(ticket.epoch))) else {
                return
            }
            var finished = FinishedRound(
                model: model,
                bytes: 1,
                contributions: intake.contributions,
                missing: intake.missing
            )
            if case .evaluated(let own)? = intake.serverOutcome { finished.serverEvaluation = own.metrics }
            if (finished.serverEvaluation != nil) != (ticket.evaluators != .clients), intake.serverUnevaluated == nil {
                violations.append("epoch \(ticket.epoch) lacks the server's evaluation, or has one unasked")
            }
            outcome = .finished(finished)
        case .failed: outcome = .failed(reason: intake.reason ?? "")
        default: return
        }
        node.unanswered = RoundResult(
            epoch: ticket.epoch,
            commit: ticket.commit,
            digest: ticket.digest,
            outcome: outcome
        )
        if case .failed = outcome { node.unanswered?.missing = intake.missing }
    }

    private func format(_ number: Int) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: max(0, 4 - text.count)) + text
    }
}
