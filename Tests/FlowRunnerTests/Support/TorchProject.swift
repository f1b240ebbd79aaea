import FlowRunner
import Foundation
import Tensors
import TestSupport

extension Project {
    /// A project on PyTorch; four functions of `flow.py` where `stages` names no others.
    static func torch(
        _ fixture: Fixture,
        _ code: String,
        stages: String = Project.functions,
        settings: String = "{}",
        share: String? = nil,
        node: String = "node-1",
        labels: [String: String] = [:]
    ) async throws -> Project {
        try Project(
            fixture,
            files: ["flow.py": code],
            stages: stages,
            settings: settings,
            share: share,
            python: try await PythonEnvironment.torch.python(),
            node: node,
            labels: labels,
            // One thread: these networks are small, and tests run side by side. No look-ups in hubs.
            environment: ["OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"]
        )
    }

    /// What a training round fails with.
    func trainingFailure(round: Int = 1) async throws -> StageFailure {
        var context = context()
        context.round = round
        let given = context
        return try await failure { () throws(StageFailure) in
            _ = try await worker.train(base: base, update: update, given)
        }
    }

    /// Names of the tensors in a model's file, in its order.
    func names(_ file: URL) throws -> [String] { try SafetensorsFile(mapping: file).specs.map(\.name) }

    func evaluate(_ file: URL? = nil) async throws -> [String: Double] {
        try await worker.evaluate(model: file ?? update, context()).metrics
    }
}
