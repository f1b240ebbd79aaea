import Core
import Foundation
import Logging

/// What the server node itself makes of a round's candidate: its evaluation, and what each update is worth.
extension EmbeddedEngine {
    /// Seconds before the round's deadline by which the server node's stages end.
    static let margin = 0.25

    func judge(_ candidate: ModelFile, of desk: RoundDesk, _ evaluate: ServerEvaluation?, _ logger: Logger) async {
        let ticket = desk.ticket
        guard ticket.evaluators.includesServer else { return }
        let outcome: RoundIntake.ServerOutcome
        do {
            guard let evaluate else { throw EngineError("this node has no worker for the evaluate stage") }
            outcome = .evaluated(try await measure(candidate.url, for: ticket, evaluate))
        } catch {
            guard !Task.isCancelled else { return }
            let line = LossReport(stage: "evaluate", message: "\(error)").line
            logger.warning("server node can't evaluate", metadata: ["reason": "\(line)"])
            outcome = .failed(line)
        }
        var worth: RoundIntake.Worth?
        if ticket.contribution != nil, case .failed = outcome {
            worth = .init(note: "contributions are not known: the server node could not evaluate the model")
        }
        desk.judge { intake in
            if let worth { intake.valued(worth) }
            intake.serverEvaluated(outcome)
        }
        guard case .evaluated(let evaluation) = outcome, let rule = ticket.contribution, let evaluate else { return }
        let measured = await value(rule, desk, evaluation, evaluate, logger)
        guard !Task.isCancelled else { return }
        desk.judge { $0.valued(measured) }
    }

    private func measure(_ model: URL, for ticket: Ticket, _ evaluate: ServerEvaluation) async throws
        -> RoundIntake.Evaluation
    {
        let seconds = ticket.deadline.seconds(since: now()) - Self.margin
        guard seconds > 0 else { throw EngineError("there was no time left before the round's deadline") }
        let evaluation = try await evaluate(model, seconds)
        return .init(examples: evaluation.examples, metrics: Metrics.presentable(evaluation.metrics))
    }

    /// Evaluates the models of parts of the round's updates, for as long as there is time.
    private func value(
        _ rule: ContributionRule,
        _ desk: RoundDesk,
        _ whole: RoundIntake.Evaluation,
        _ evaluate: ServerEvaluation,
        _ logger: Logger
    ) async -> RoundIntake.Worth {
        let (ticket, parts) = (desk.ticket, desk.intake.contributions)
        guard let metric = whole.metrics[rule.metric] else {
            let names = whole.metrics.keys.sorted().prefix(20).joined(separator: ", ")
            return .init(note: "the server node's evaluation has no metric \"\(rule.metric)\"; it has \(names)")
        }
        var estimator = ContributionEstimator(rule, count: parts.count, seed: UInt64(bitPattern: Int64(ticket.epoch)))
        // The mean of all updates is the candidate itself, unless the strategy makes something else of them.
        if ticket.strategy == "fedavg" { estimator.record(Set(parts.indices), metric) }
        var longest = 0.0
        var note: String?
        do {
            while let subset = estimator.next() {
                // Another evaluation that is cut off would cost the worker its warm process.
                guard ticket.deadline.seconds(since: now()) - Self.margin > 2 * longest else {
                    note = Self.shortage(estimator)
                    break
                }
                let begun = now()
                let model = try await desk.model(of: subset.map { parts[$0] })
                let evaluation = try await measure(model, for: ticket, evaluate)
                guard let metric = evaluation.metrics[rule.metric] else {
                    note = "an evaluation of a part of the updates has no metric \"\(rule.metric)\""
                    break
                }
                estimator.record(subset, metric)
                longest = max(longest, now().seconds(since: begun))
            }
        } catch {
            note = LossReport(stage: "contributions", message: "\(error)").line
            logger.warning("contributions are not complete", metadata: ["reason": "\(note ?? "")"])
        }
        let values = zip(parts, estimator.values).compactMap { part, value in value.map { (part.node, $0) } }
        return .init(values: Dictionary(values) { first, _ in first }, note: note)
    }

    private static func shortage(_ estimator: ContributionEstimator) -> String {
        guard let orders = estimator.orders else { return "the deadline came before all parts were evaluated" }
        return "the deadline came after \(orders.done) of \(orders.wanted) permutations"
    }
}

extension RoundDesk {
    /// The model that some of the round's updates make, in a file that the next call replaces: their mean; without any,
    /// the model from which the round started.
    fileprivate func model(of parts: [Contribution]) async throws -> URL {
        guard let base = try base()?.get() else { throw EngineError("the round has no model to start from") }
        guard !parts.isEmpty else { return base.url }
        let folder = folder
        return try await Blocking.run {
            try RoundSum.mean(
                of: parts.map { (folder.update(of: $0.node), $0.examples) },
                base: base.url,
                to: folder.part
            )
            return folder.part
        }
    }
}
