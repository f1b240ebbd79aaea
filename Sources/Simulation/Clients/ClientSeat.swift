import Core
import FlowRunner
import Foundation

/// One client's way to run its stages in one round: on the worker of its own, or on any of a pool, which is made the
/// client for each stage.
struct ClientSeat: StageRunner {
    let ticket: Ticket
    let client: PlayedClient
    let fate: Fate
    let pool: WorkerPool
    /// The client's own worker; any of the pool where absent.
    let own: Int?
    let turnstile: Turnstile?
    let log: StageLines
    /// Where training left what evaluation goes on with.
    let pins: Pins

    func makeModel(to file: URL, _ context: StageContext) async throws(StageFailure) {
        try await use("model", own, context) { (worker: FlowWorker, _: Int) async throws(StageFailure) in
            try await worker.makeModel(to: file, context)
        }
    }

    func train(base: URL, update: URL, control: URL?, _ context: StageContext) async throws(StageFailure)
        -> TrainOutcome
    {
        if fate.dropsOut {
            throw StageFailure(stage: "train", kind: .cancelled, message: "dropped out (by chance, as --dropout asks)")
        }
        if fate.isLate(for: ticket) {
            // Whoever is in time delivers first; then the time is over.
            try? await turnstile?.turn(of: client.node)
            throw StageFailure(
                stage: "train",
                kind: .timeout,
                message: "its update would arrive \(Int(fate.delay)) s after the ticket, when training is over"
            )
        }
        return try await use("train", own, context) { (worker: FlowWorker, place: Int) async throws(StageFailure) in
            let outcome = try await worker.train(base: base, update: update, control: control, context)
            pins.set(client.node, place)
            return outcome
        }
    }

    func evaluate(model: URL, _ context: StageContext) async throws(StageFailure) -> EvaluateOutcome {
        try await use("evaluate", own ?? pins.take(client.node), context) {
            (worker: FlowWorker, _: Int) async throws(StageFailure) in
            try await worker.evaluate(model: model, context)
        }
    }

    private func use<Value: Sendable>(
        _ stage: String,
        _ wanted: Int?,
        _ context: StageContext,
        _ body: @Sendable (FlowWorker, Int) async throws(StageFailure) -> Value
    ) async throws(StageFailure) -> Value {
        var client = client
        // On a worker of its own a client goes on with what it has; elsewhere it begins each stage anew, and with random
        // numbers that don't depend on who was played before.
        if own == nil { client.seed = Chance(seed: client.seed).workerSeed("\(ticket.epoch)/\(stage)") }
        let node = client.node
        return try await pool.use(wanted, as: client, timeout: context.timeout, always: own == nil) { worker, place in
            log.plays(node, at: place)
            do throws(StageFailure) {
                return .success(try await body(worker, place))
            } catch {
                return .failure(error)
            }
        }
    }
}
