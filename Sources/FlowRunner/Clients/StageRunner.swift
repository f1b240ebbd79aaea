package import Foundation

/// What a client's part in a round runs its stages with: a worker of its own, or its turn at one that others use as well.
package protocol StageRunner: Sendable {
    func makeModel(to file: URL, _ context: StageContext) async throws(StageFailure)
    func train(base: URL, update: URL, control: URL?, _ context: StageContext) async throws(StageFailure)
        -> TrainOutcome
    func evaluate(model: URL, _ context: StageContext) async throws(StageFailure) -> EvaluateOutcome
}

extension FlowWorker: StageRunner {}
