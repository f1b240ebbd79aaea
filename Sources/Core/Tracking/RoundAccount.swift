/// What experiment trackers are told of one finished round. Its step is the round's number.
package struct RoundAccount: Codable, Sendable, Equatable {
    /// The run as trackers know it.
    package struct Run: Codable, Sendable, Equatable {
        /// Ever the same for a run of a task, and no other's.
        package var key: String
        /// For people.
        package var name: String
    }

    package var run: Run
    /// Rises with every round, and tells whether a tracker has this one already.
    package var epoch: Int
    package var round: Int
    /// Of the round's global model.
    package var version: Int
    /// Seconds since 1970.
    package var ended: Double
    /// The flow's settings by their paths, the strategy and its options.
    package var parameters: [String: JSONValue]
    package var tags: [String: String]
    /// Finite values by name, such as `evaluation/accuracy`, `train/loss`, `clients/NODE/train/loss`, `round/seconds`.
    package var metrics: [String: Double]
    /// The model's file, where it is to be uploaded.
    package var file: String?

    /// - Parameters:
    ///   - flow: Of the ticket's revision; nothing is told of settings where it isn't known.
    ///   - release: The revision's tag or branch.
    ///   - identity: Tells the tasks of one name apart, and goes into the run's key.
    ///   - ended: When the round's model was accepted.
    package init(
        _ ticket: Ticket,
        _ finished: FinishedRound,
        flow: Flow?,
        release: String?,
        identity: String,
        ended: Instant
    ) {
        run = Run(key: "\(ticket.task)-\(ticket.run)-\(identity)", name: "\(ticket.task) run \(ticket.run)")
        epoch = ticket.epoch
        round = ticket.round
        version = ticket.version
        self.ended = Double(ended.milliseconds) / 1000
        parameters = ["strategy": .string(ticket.strategy), "epochs": .int(ticket.epochs)]
        if let flow {
            for (name, value) in flow.settings { Self.add(value, "settings.\(name)", to: &parameters) }
            for (name, value) in flow.rounds.strategy.values { Self.add(value, "strategy.\(name)", to: &parameters) }
            parameters["engine"] = .string(flow.engine.rawValue)
            parameters["clients.minimum"] = .int(flow.participants.clients.minimum)
        }
        tags = [
            "task": ticket.task, "run": String(ticket.run), "commit": ticket.commit.text,
            "artifact": ticket.digest.description, "server": ticket.server, "model.version": String(ticket.version),
            "model.digest": finished.model.description,
        ]
        tags["release"] = release
        metrics = Self.metrics(ticket, finished, ended).filter { $0.value.isFinite }
    }

    private static func metrics(_ ticket: Ticket, _ finished: FinishedRound, _ ended: Instant) -> [String: Double] {
        var metrics: [String: Double] = [
            "round/epoch": Double(ticket.epoch), "round/seconds": ended.seconds(since: ticket.issued),
            "round/updates": Double(finished.contributions.count), "round/missing": Double(finished.missing.count),
            "round/examples": Double(finished.contributions.reduce(0) { $0 + $1.examples }),
            "round/modelBytes": Double(finished.bytes),
        ]
        func add(_ values: [String: Double]?, _ place: String) {
            for (name, value) in values ?? [:] { metrics["\(place)/\(name)"] = value }
        }
        add(finished.trainMetrics, "train")
        add(finished.evaluation, "evaluation")
        add(finished.serverEvaluation, "server")
        for client in finished.contributions {
            let place = "clients/\(client.node)"
            add(client.metrics, "\(place)/train")
            add(client.evaluation, "\(place)/evaluation")
            metrics["\(place)/seconds"] = client.seconds
            metrics["\(place)/examples"] = Double(client.examples)
            metrics["\(place)/contribution"] = client.contribution
        }
        return metrics
    }

    private static func add(_ value: JSONValue, _ path: String, to parameters: inout [String: JSONValue]) {
        guard case .object(let members) = value else {
            parameters[path] = value
            return
        }
        for (name, member) in members { add(member, "\(path).\(name)", to: &parameters) }
    }
}
