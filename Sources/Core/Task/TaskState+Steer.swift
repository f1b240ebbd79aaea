extension TaskState {
    /// Holds a new model against the best one, and the run against its stop rule; the reason to stop, where there is one.
    mutating func judge(
        _ finished: FinishedRound,
        of ticket: Ticket,
        at instant: Instant,
        _ effects: inout [TaskEffect]
    ) -> String? {
        guard let rounds = run?.release?.policy.rounds else { return nil }
        func value(of metric: String) -> Double? {
            finished.value(of: metric, evaluated: ticket.evaluators).flatMap { $0.isFinite ? $0 : nil }
        }
        var unknown: Set<String> = []
        if let rule = rounds.best {
            if let value = value(of: rule.metric) {
                let isBetter = best.map { $0.rule != rule || rule.mode.isBetter(value, than: $0.value) } ?? true
                if isBetter {
                    let reference = ModelReference(version: ticket.version, digest: finished.model)
                    best = BestModel(model: reference, rule: rule, value: value)
                }
            } else {
                unknown.insert(rule.metric)
            }
        }
        var reason: String?
        if let rule = rounds.stop {
            if let value = value(of: rule.metric) {
                var progress = run?.progress
                reason = rule.judge(&progress, value: value, round: ticket.round)
                run?.progress = progress
            } else {
                unknown.insert(rule.metric)
            }
        }
        for metric in unknown.sorted() { warn(of: metric, missingIn: finished, ticket, at: instant, &effects) }
        return reason
    }

    private func warn(
        of metric: String,
        missingIn finished: FinishedRound,
        _ ticket: Ticket,
        at instant: Instant,
        _ effects: inout [TaskEffect]
    ) {
        let isServer = ticket.evaluators.includesServer
        let there = isServer ? finished.serverEvaluation ?? [:] : finished.evaluation
        let names = there.keys.sorted().prefix(20).joined(separator: ", ")
        let why = finished.serverUnevaluated.map { ": \($0)" } ?? "; it has \(names.isEmpty ? "none" : names)"
        let message =
            "round \(ticket.round): the evaluation \(isServer ? "of the server node" : "of the clients") has no metric "
            + "\(metric.quotedForPeople()), which the flow's rounds.stop or rounds.best names\(why)"
        note(message, .warning, at: instant, &effects)
    }

    // MARK: - What clients did

    /// The rule by which clients are chosen, where it looks at what they did before.
    private var lookingBack: SelectRule? {
        run?.release?.policy.participants.select.flatMap { $0.looksBack ? $0 : nil }
    }

    mutating func remember(_ finished: FinishedRound, of ticket: Ticket) {
        guard let rule = lookingBack else {
            histories = nil
            return
        }
        for part in finished.contributions {
            let metrics = rule.metrics.compactMap { name in
                (part.evaluation?[name] ?? part.metrics[name]).map { (name, $0) }
            }
            note(
                part.node,
                .init(
                    epoch: ticket.epoch,
                    answered: true,
                    seconds: part.seconds,
                    examples: part.examples,
                    metrics: metrics.isEmpty ? nil : Dictionary(metrics) { first, _ in first },
                    contribution: part.contribution
                )
            )
        }
        remember(missing: finished.missing, of: ticket)
    }

    /// Clients that were asked and whose update didn't come; those that weren't needed did nothing wrong.
    mutating func remember(missing: [MissingUpdate]?, of ticket: Ticket) {
        guard lookingBack != nil else { return }
        for update in missing ?? [] where update.surplus != true {
            note(update.node, .init(epoch: ticket.epoch, answered: false))
        }
    }

    private mutating func note(_ node: String, _ entry: ClientHistory.Entry) {
        // A node that was removed meanwhile is forgotten.
        guard members[node] != nil else { return }
        histories = histories ?? [:]
        histories?[node, default: ClientHistory()].add(entry)
    }
}
