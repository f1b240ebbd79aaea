import FlowRunner
import Foundation
import Tensors
import TestSupport
import Testing

/// `share.optimizer: kept`, for code that makes its optimiser inside of `train`.
@Suite(.serialized) struct OptimizerTests {
    private static func code(_ optimizer: String, model: String = "model") -> String {
        """
        import copy
        import torch
        from torch import nn
        def data():
            torch.manual_seed(1)
            return torch.randn(16, 3), torch.randn(16, 2)
        def model():
            torch.manual_seed(0)
            return nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
        def train(model, data, epochs):
            net = \(model)
            steps = \(optimizer)
            for _ in range(epochs):
                def closure():
                    steps.zero_grad()
                    loss = nn.functional.mse_loss(net(data[0]), data[1])
                    loss.backward()
                    return loss
                steps.step(closure)
            return net
        def evaluate(model, data): return {}
        """
    }

    @Test(arguments: [
        "torch.optim.SGD(net.parameters(), 0.1, momentum=0.9)",
        "torch.optim.AdamW(net.parameters(), 0.01)",
        "torch.optim.Adagrad(net.parameters(), 0.1)",
    ])
    func roundsWithAKeptOptimizerAreOneTrainingWithoutInterruption(optimizer: String) async throws {
        try await withFixture { fixture in
            let project = try await Project.torch(fixture, Self.code(optimizer), share: #"{"optimizer": "kept"}"#)
            try await project.start()
            _ = try await project.round(1, epochs: 6)
            let whole = try numbers(project.update, "0.weight")
            await project.worker.stop()
            try FileManager.default.removeItem(at: fixture.url("scratch-node-1/state"))

            for round in 1...3 {
                // A new process each round: what lasts is on disk.
                try await project.start()
                _ = try await project.round(round, epochs: 2)
                try FileManager.default.removeItem(at: project.base)
                try FileManager.default.copyItem(at: project.update, to: project.base)
            }
            #expect(try numbers(project.update, "0.weight") == whole)
        }
    }

    @Test(arguments: [
        ("torch.optim.LBFGS(net.parameters())", "model", " as a list, which has no place in a file of tensors"),
        ("torch.optim.SGD(net.parameters(), 0.1)", "copy.deepcopy(model)", "SGD steps no parameter of the model"),
        (
            "type('Own', (), {'step': lambda self, closure: closure(), 'zero_grad': net.zero_grad})()", "model",
            "train stepped no optimiser of torch.optim"
        ),
    ])
    func whatCannotBeKeptIsRefused(optimizer: String, model: String, message: String) async throws {
        try await withFixture { fixture in
            let code = Self.code(optimizer, model: model)
            let project = try await Project.torch(fixture, code, share: #"{"optimizer": "kept"}"#)
            try await project.start()
            try await project.worker.makeModel(to: project.base, project.context())
            let failure = try await project.trainingFailure()
            #expect(failure.kind == .invalid)
            #expect(failure.message.contains(message), "\(failure.message)")
        }
    }
}
