import Core
import FlowRunner
import Foundation

/// The server node's own worker, for flows that evaluate there or whose strategy is the app's own. Started when it is
/// first needed, and again where it has ended.
final class ServerWorker: Sendable {
    private let worker: FlowWorker

    init(_ configuration: WorkerConfiguration) { worker = FlowWorker(configuration) }

    func evaluate(_ model: URL, _ context: StageContext) async throws -> EvaluateOutcome {
        try await start()
        return try await worker.evaluate(model: model, context)
    }

    func aggregate(_ input: AggregationInput, _ context: StageContext) async throws {
        try await start()
        try await worker.aggregate(input, context)
    }

    func stop() async { await worker.stop() }

    /// Does nothing where it runs. A round asks for one thing after the other, so that no two calls start it at one time.
    func start() async throws {
        guard worker.facts.state != "idle" else { return }
        try await worker.start(timeout: Federation.startTimeout)
    }
}
