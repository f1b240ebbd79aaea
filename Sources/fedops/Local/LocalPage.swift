import Commands
import Core
import FlowRunner
import Simulation

/// What came of local rounds, for people.
struct LocalPage {
    /// Metrics that have a column of their own.
    private static let columns = 4

    private(set) var lines: [String] = []

    init(_ report: FederationReport, _ console: Console) {
        let names = Self.metrics(report)
        let isSimulation = report.rounds.contains { $0.simulatedSeconds != nil }
        var table = Table(
            ["ROUND#", "CLIENTS", "EXAMPLES#"] + names.map { $0.uppercased() + "#" }
                + ["TOOK#"] + (isSimulation ? ["SIMULATED#"] : []) + ["REMARK*"],
            empty: "no rounds"
        )
        for round in report.rounds {
            let isGood = round.status == .finished
            var cells: [Table.Cell] = [
                .init("\(round.round)"), .init(Self.clients(round)), .init(isGood ? "\(round.examples)" : "-"),
            ]
            cells += names.map { name in
                .init(Self.value(name, round).map { Measures.number($0, digits: 4) } ?? "-")
            }
            cells.append(.init(Measures.fine(round.seconds)))
            if isSimulation { cells.append(.init(round.simulatedSeconds.map(Measures.fine) ?? "-")) }
            cells.append(
                isGood
                    ? .init(Self.remark(round))
                    : .init(
                        report.failures.isEmpty
                            ? "\(round.status.rawValue): \(round.reason ?? "")" : "\(round.status.rawValue), see below",
                        .bad
                    )
            )
            table.add(cells)
        }
        lines = table.lines(console)
        if let plot = Self.plots(report).first {
            let drawn = plot.lines(console)
            if !drawn.isEmpty { lines += [""] + drawn }
        }
        lines += ["", Self.summary(report)]
    }

    /// Evaluation's metrics by name, then the server node's own as `server.NAME`, then training's as `train.NAME`.
    private static func metrics(_ report: FederationReport) -> [String] {
        let evaluation = Set(report.rounds.flatMap(\.evaluation.keys)).sorted()
        let train = Set(report.rounds.flatMap(\.trainMetrics.keys)).sorted().map { "train.\($0)" }
        let server = Set(report.rounds.flatMap { ($0.serverEvaluation ?? [:]).keys }).sorted().map { "server.\($0)" }
        return Array((evaluation + server + train).prefix(columns))
    }

    private static func value(_ name: String, _ round: FederationReport.Round) -> Double? {
        if let value = round.evaluation[name] { return value }
        for (prefix, metrics) in [("server.", round.serverEvaluation ?? [:]), ("train.", round.trainMetrics)]
        where name.hasPrefix(prefix) {
            return metrics[String(name.dropFirst(prefix.count))]
        }
        return nil
    }

    static func plots(_ report: FederationReport) -> [Plot] {
        metrics(report).map { name in
            Plot(name, report.rounds.compactMap { round in value(name, round).map { .init(x: round.round, y: $0) } })
        }
    }

    /// `3`, or `2/3` where an update is missing.
    private static func clients(_ round: FederationReport.Round) -> String {
        let (counted, all) = (round.contributions.count, round.participants.count)
        return counted == all ? "\(all)" : "\(counted)/\(all)"
    }

    private static func remark(_ round: FederationReport.Round) -> String {
        let absent = round.missing + round.unevaluated
        guard let first = absent.first else { return round.serverUnevaluated.map { "server: \($0)" } ?? "" }
        return "\(first.node): \(first.why)" + (absent.count > 1 ? " (and \(absent.count - 1) more)" : "")
    }

    static func sentence(_ round: FederationReport.Round) -> String {
        let text = "round \(round.round): \(clients(round)) clients, "
        guard round.status == .finished else { return text + "\(round.status.rawValue): \(round.reason ?? "")" }
        let isEvaluated = !round.evaluation.isEmpty || round.serverEvaluation != nil
        let metrics = Measures.metrics(
            isEvaluated ? round.evaluation : round.trainMetrics,
            server: round.serverEvaluation
        )
        return text + "\(round.examples) examples, \(metrics), \(Measures.fine(round.seconds))"
    }

    static func ready(_ setup: FederationReport.Setup) -> [String] {
        let data = setup.split == "none" ? "each with what its own data stage gives" : "split \(setup.split)"
        var lines = ["\(setup.clients) clients, \(data), ready in \(Measures.fine(setup.seconds))"]
        let labels = setup.shares.prefix(4).filter { !$0.labels.isEmpty }.map { share in
            "\(share.node) "
                + share.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
        }
        if !labels.isEmpty {
            lines.append("labels: " + labels.joined(separator: "; ") + (setup.shares.count > 4 ? "; …" : ""))
        }
        for share in setup.shares.prefix(8) {
            guard let own = share.share else { continue }
            let counts = own.examples.sorted { $0.key < $1.key }.map { "\($0.value) of \($0.key)" }
            let labels = own.labels.map { labels in
                labels.count > 12
                    ? "\(labels.count) labels"
                    : "labels "
                        + labels.sorted { $0.key < $1.key }.map { "\($0.key)×\($0.value)" }.joined(separator: " ")
            }
            let whole = own.whole.isEmpty ? nil : "all of \(own.whole.joined(separator: "; "))"
            lines.append("\(share.node): " + (counts + [whole, labels].compactMap { $0 }).joined(separator: "; "))
        }
        return lines
    }

    private static func summary(_ report: FederationReport) -> String {
        let setup = report.setup
        let finished = report.rounds.filter { $0.status == .finished }.count
        return "\(finished) rounds of \(setup.clients) clients in \(Measures.fine(report.roundSeconds)), "
            + "\(Measures.fine(report.seconds)) from start to end; memory at most \(Measures.bytes(report.peakBytes)) here "
            + "and \(Measures.bytes(report.workerPeakBytes)) in \(setup.workers) workers"
    }

    // MARK: - Failures

    /// One text for each failure that differs, with the clients that it met.
    static func failures(_ report: FederationReport) -> [String] {
        var order: [String] = []
        var nodes: [String: [String]] = [:]
        var first: [String: FederationReport.Failure] = [:]
        for failure in report.failures {
            let key = "\(failure.round) \(failure.stage) \(failure.message)"
            if first[key] == nil { order.append(key) }
            first[key] = first[key] ?? failure
            nodes[key, default: []].append(failure.node)
        }
        return order.prefix(10).compactMap { key in
            guard let failure = first[key] else { return nil }
            let names = nodes[key] ?? []
            let who = names.prefix(5).joined(separator: ", ") + (names.count > 5 ? " and \(names.count - 5) more" : "")
            var lines = ["round \(failure.round), stage \(failure.stage) of \(who): \(failure.message)"]
            if let traceback = failure.traceback { lines += traceback.split(separator: "\n").map { "  \($0)" } }
            if !failure.log.isEmpty {
                lines.append("what \(failure.node) printed last:")
                lines += failure.log.map { "  | \($0)" }
            }
            return lines.map { SafeText.line($0) }.joined(separator: "\n")
        }
    }

    static func text(of failure: StageFailure) -> String {
        (["stage \(failure.stage): \(failure.message)"] + (failure.traceback.map { [$0] } ?? [])).joined(
            separator: "\n"
        )
    }
}
