package import Core
package import FlowRunner
package import Foundation

/// What aggregates the updates of a round on a task's server node.
///
/// The node's manager gives it a ticket, reports the result to the controller until that answers, and settles the
/// result with the answer. An engine is never asked to conduct two epochs of one task at the same time.
package protocol AggregationEngine: Sendable {
    /// Runs one round to its end.
    ///
    /// Idempotent by task and epoch, over restarts too: a result that is on disk is returned again, and an epoch that
    /// was begun and lost by a restart is `.failed`. When the calling task is cancelled, the round is closed at once,
    /// nothing of it counts, and what is returned is not to be used.
    func conduct(_ order: RoundOrder) async -> RoundResult

    /// Does what the controller answered to `result`: `.promoted` makes its candidate a numbered global model, durably;
    /// `.fenced` throws it away; `.pending` does nothing. May be called again with the same arguments.
    func settle(_ result: RoundResult, task: String, answer: ResultAnswer) async throws
}

/// The metrics of the model in a file, on the server node's own data, within so many seconds. It asks the node's own half
/// of the gate right before the stage.
package typealias ServerEvaluation = @Sendable (_ model: URL, _ seconds: Double) async throws -> RoundIntake.Evaluation

/// Makes a model of a round's updates by the project's own strategy, within so many seconds, with the same gate before it.
package typealias ServerAggregation = @Sendable (_ input: AggregationInput, _ seconds: Double) async throws -> Void

/// One round, as the server node's manager orders it from its engine.
package struct RoundOrder: Sendable {
    package var ticket: Ticket
    /// `TicketKeys.round`, from which the keys of the ticket's clients are derived.
    package var roundKey: String
    /// Options of the ticket's strategy, as the flow states them; absent while the node hasn't read the flow, where no round
    /// can begin: defaults in place of its options would make another model.
    package var options: [String: JSONValue]?
    /// The node's own half of the gate: throws when the ticket doesn't match what is active on this node. Asked before
    /// the round opens, before each update is added to the sum, and before the new model is published.
    package var check: @Sendable () throws(TicketRefusal) -> Void
    /// Runs the flow's `evaluate` stage on this node's own data, where the ticket wants that.
    package var evaluate: ServerEvaluation?
    /// Runs the project's own strategy on this node, where the flow's is that.
    package var aggregate: ServerAggregation?

    package init(
        ticket: Ticket,
        roundKey: String,
        options: [String: JSONValue]? = [:],
        evaluate: ServerEvaluation? = nil,
        aggregate: ServerAggregation? = nil,
        check: @escaping @Sendable () throws(TicketRefusal) -> Void
    ) {
        self.ticket = ticket
        self.roundKey = roundKey
        self.options = options
        self.evaluate = evaluate
        self.aggregate = aggregate
        self.check = check
    }
}

/// What an engine could not do, for people.
package struct EngineError: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
