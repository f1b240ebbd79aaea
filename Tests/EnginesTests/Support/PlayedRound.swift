import Core
import Engines
import Foundation

/// What each client of a played round does.
struct Part: Sendable {
    var update: Data
    var examples = 10
    var steps: Double?
    var metrics: [String: Double] = [:]
    var evaluation: (examples: Int, metrics: [String: Double]) = (10, [:])
}

extension RunningEngine {
    /// Plays a whole round: every client fetches the base, delivers, fetches the candidate and evaluates it.
    ///
    /// - Parameter first: The first global model, where the ticket has no base.
    func play(
        _ ticket: Ticket,
        first: Data? = nil,
        options: [String: JSONValue] = [:],
        evaluate: ServerEvaluation? = nil,
        aggregate: ServerAggregation? = nil,
        _ parts: [String: Part]
    ) async throws -> RoundResult {
        try await withThrowingTaskGroup(of: Void.self) { group in
            let result = Task {
                await engine.conduct(order(ticket, options: options, evaluate: evaluate, aggregate: aggregate))
            }
            for (node, part) in parts {
                let client = client(node, ticket)
                group.addTask {
                    if node == ticket.initializer, let first {
                        let answer = try await client.initialise(first)
                        guard answer.status == 200 else { throw Absent(description: "first model: \(answer)") }
                    }
                    guard try await client.get(.base).status == 200 else { throw Absent(description: "base") }
                    let answer = try await client.deliver(
                        part.update,
                        client.head(part.update, examples: part.examples, metrics: part.metrics, steps: part.steps)
                    )
                    guard answer.status == 200 else {
                        throw Absent(description: "update of \(node): \(answer.problem?.title ?? "\(answer.status)")")
                    }
                    guard ticket.evaluators.includesClients else { return }
                    guard try await client.get(.candidate).status == 200 else { throw Absent(description: "candidate") }
                    let (examples, metrics) = part.evaluation
                    guard try await client.evaluate(examples: examples, metrics: metrics).status == 204 else {
                        throw Absent(description: "evaluation of \(node)")
                    }
                }
            }
            do {
                try await group.waitForAll()
            } catch {
                result.cancel()
                throw error
            }
            return await result.value
        }
    }
}

extension RoundResult {
    func finished() throws -> FinishedRound {
        guard case .finished(let finished) = outcome else { throw Absent(description: "finished round: \(outcome)") }
        return finished
    }

    var failure: String? {
        guard case .failed(let reason) = outcome else { return nil }
        return reason
    }
}
