import Core
package import Foundation
import Synchronization

extension FlowWorker {
    /// Runs the flow's own `check` command in the flow's folder; does nothing where the flow has none.
    package func check() async throws(StageFailure) {
        guard let check = configuration.flow.check else { return }
        try await alone(stage: "check") { () async throws(StageFailure) in
            try await self.run(
                program: check.run.arguments,
                stage: "check",
                environment: WorkerEnvironment.values(self.current),
                timeout: check.timeout.duration
            )
        }
    }

    /// Makes a new model with the model stage and writes its parameters to `file`, as the first global model.
    package func makeModel(to file: URL, _ context: StageContext) async throws(StageFailure) {
        let context = limited(context, .model)
        if let command = configuration.flow.stages.model.command {
            try await alone(stage: "model") { () async throws(StageFailure) in
                try await self.prepareData(context)
                _ = try await self.run(command: command, stage: .model, context, output: file)
            }
            return
        }
        try await prepareDataAlone(context)
        _ = try await call(stage: "model", timeout: context.timeout) {
            Request(id: $0, operation: .model, context: context, settings: settings(context), output: file)
        }
    }

    /// Trains from the global model in `base` on the node's data, and writes the update to `update`: the same names,
    /// shapes and dtypes as `base`, and what the flow's strategy adds to them.
    ///
    /// - Parameter control: The server's control variates, for SCAFFOLD; zeros where there are none.
    package func train(
        base: URL,
        update: URL,
        control: URL? = nil,
        _ context: StageContext
    ) async throws(StageFailure) -> TrainOutcome {
        let context = limited(context, .train)
        guard let command = configuration.flow.stages.train.command else {
            try await prepareDataAlone(context)
            let answer = try await call(stage: "train", timeout: context.timeout) {
                Request(
                    id: $0,
                    operation: .train,
                    context: context,
                    settings: settings(context),
                    base: base,
                    output: update,
                    control: control
                )
            }
            return TrainOutcome(
                examples: answer.examples ?? 0,
                seconds: answer.seconds ?? 0,
                metrics: answer.metrics ?? [:],
                steps: answer.steps
            )
        }
        return try await alone(stage: "train") { () async throws(StageFailure) in
            let strategy = CommandStrategy(self.configuration.flow.rounds.strategy)
            try strategy.check()
            try await self.prepareData(context)
            let (report, seconds) = try await self.run(
                command: command,
                stage: .train,
                context,
                model: base,
                output: update
            )
            let (metrics, steps) = try strategy.read(report.metrics)
            return TrainOutcome(
                examples: try self.examples(report, .train),
                seconds: seconds,
                metrics: metrics,
                steps: steps
            )
        }
    }

    /// Gives the metrics of the model in `model` on the node's data.
    package func evaluate(model: URL, _ context: StageContext) async throws(StageFailure) -> EvaluateOutcome {
        let context = limited(context, .evaluate)
        guard let command = configuration.flow.stages.evaluate.command else {
            try await prepareDataAlone(context)
            let answer = try await call(stage: "evaluate", timeout: context.timeout) {
                Request(id: $0, operation: .evaluate, context: context, settings: settings(context), base: model)
            }
            return EvaluateOutcome(
                examples: answer.examples ?? 0,
                seconds: answer.seconds ?? 0,
                metrics: answer.metrics ?? [:]
            )
        }
        return try await alone(stage: "evaluate") { () async throws(StageFailure) in
            try await self.prepareData(context)
            let (report, seconds) = try await self.run(command: command, stage: .evaluate, context, model: model)
            return EvaluateOutcome(
                examples: try self.examples(report, .evaluate),
                seconds: seconds,
                metrics: report.metrics
            )
        }
    }

    /// Makes one model of a round's updates by the project's own strategy; on the server node.
    package func aggregate(_ input: AggregationInput, _ context: StageContext) async throws(StageFailure) {
        _ = try await call(stage: "aggregate", timeout: context.timeout) {
            Request(
                id: $0,
                operation: .aggregate,
                context: context,
                settings: settings(context),
                aggregation: input
            )
        }
    }

    /// The settings of the round; nil where they are the same in all rounds.
    private func settings(_ context: StageContext) -> [String: JSONValue]? {
        let flow = configuration.flow
        return flow.rounds.schedule == nil ? nil : flow.settings(inRound: context.round)
    }

    /// The stage's own time limit where the flow gives one that is shorter.
    private func limited(_ context: StageContext, _ stage: Flow.StageName) -> StageContext {
        var context = context
        if let limit = configuration.flow.stages[stage].timeout {
            context.timeout = min(context.timeout, limit.duration)
        }
        return context
    }

    private func examples(_ report: CommandReport, _ stage: Flow.StageName) throws(StageFailure) -> Int {
        if let examples = report.examples { return examples }
        throw StageFailure(
            stage: stage.rawValue,
            kind: .invalid,
            message: "the command did not tell its number of examples: write {\"examples\": N} to FEDOPS_METRICS"
        )
    }

    /// Runs the data stage, when it is a command and hasn't run since the start.
    private func prepareData(_ context: StageContext) async throws(StageFailure) {
        guard let command = configuration.flow.stages.data.command, !state.withLock({ $0.hasData }) else { return }
        _ = try await run(command: command, stage: .data, limited(context, .data))
        state.withLock { $0.hasData = true }
    }

    private func prepareDataAlone(_ context: StageContext) async throws(StageFailure) {
        guard configuration.flow.stages.data.command != nil else { return }
        try await alone(stage: "data") { () async throws(StageFailure) in try await self.prepareData(context) }
    }

    private func alone<Value: Sendable>(
        stage: String,
        _ body: () async throws(StageFailure) -> Value
    ) async throws(StageFailure) -> Value {
        guard state.withLock({ $0.isStarted }) else {
            throw StageFailure(stage: stage, kind: .crash, message: "the worker isn't running; start it first")
        }
        let outcome = await turn.take { () async -> Result<Value, StageFailure> in
            enter(stage)
            defer { enter(nil) }
            do throws(StageFailure) {
                return .success(try await body())
            } catch {
                let wasStopped = error.kind != .cancelled && !state.withLock { $0.isStarted }
                return .failure(wasStopped ? Self.stopped(stage) : error)
            }
        }
        guard let outcome else {
            throw StageFailure(stage: stage, kind: .cancelled, message: "cancelled before the stage began")
        }
        return try outcome.get()
    }
}
