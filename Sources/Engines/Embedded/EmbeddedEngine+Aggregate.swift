import Core
import FlowRunner
import Foundation

/// Rounds whose model the project's own strategy makes, in the worker on the server node.
extension EmbeddedEngine {
    func aggregate(
        _ desk: RoundDesk,
        _ sum: RoundSum,
        _ aggregate: ServerAggregation?,
        state: URL?
    ) async throws {
        guard let aggregate else { throw EngineError("this node has no worker for the app's strategy") }
        guard let base = try desk.base()?.get() else { throw EngineError("the round has no model to start from") }
        let (ticket, folder) = (desk.ticket, desk.folder)
        // Time is left for the evaluation, unless none is to come.
        let seconds = ticket.deadline.seconds(since: now()) - Self.margin
        guard seconds > 0 else { throw EngineError("there was no time left before the round's deadline") }
        let input = AggregationInput(
            base: base.url,
            state: state,
            updates: desk.intake.contributions.map {
                .init(node: $0.node, file: folder.update(of: $0.node), examples: $0.examples, metrics: $0.metrics)
            },
            output: folder.part,
            kept: folder.kept
        )
        try await aggregate(input, seconds)
        try await Blocking.run { try sum.take(folder.part, kept: folder.kept) }
    }
}
