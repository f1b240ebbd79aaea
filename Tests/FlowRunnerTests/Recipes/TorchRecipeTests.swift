import FlowRunner
import Foundation
import TestSupport
import Testing

/// `fedops:torch` for projects whose training loop is no function.
@Suite(.serialized) struct TorchRecipeTests {
    private static let stages = """
        {"data": {"call": "flow:data", "with": {}}, "model": {"call": "flow:model", "with": {}},
         "train": {"call": "fedops:torch.fit", "with": {}}, "evaluate": {"call": "fedops:torch.evaluate", "with": {}}}
        """
    private static let code = """
        import torch
        from sklearn.datasets import load_digits
        from torch import nn
        from torch.utils.data import DataLoader, TensorDataset
        def data():
            images, digits = load_digits(return_X_y=True)
            images, digits = torch.tensor(images / 16, dtype=torch.float32), torch.tensor(digits)
            train_loader = DataLoader(TensorDataset(images[:1200], digits[:1200]), 32)
            test_loader = TensorDataset(images[1200:], digits[1200:])
            return train_loader, test_loader
        def model():
            torch.manual_seed(0)
            return nn.Sequential(nn.Linear(64, 32), nn.Dropout(0.1), nn.ReLU(), nn.Linear(32, 10))
        """

    @Test(arguments: [
        #"{"rate": 0.3}"#, #"{"optimizer": "Adam", "rate": 0.01, "loss": "multi_margin_loss"}"#,
        #"{"rate": 0.05, "momentum": 0.9, "weight_decay": 0.0001, "device": "cpu"}"#,
    ])
    func aModuleAndLoadersAreEnoughToLearnDigits(settings: String) async throws {
        try await withFixture { fixture in
            let project = try await Project.torch(fixture, Self.code, stages: Self.stages, settings: settings)
            try await project.start()
            let first = try await project.round(epochs: 8)
            #expect(first.examples == 1200)
            let outcome = try await project.worker.evaluate(model: project.update, project.context())
            #expect(outcome.examples == 597)
            #expect(try #require(outcome.metrics["accuracy"]) > 0.85, "\(outcome.metrics)")
            #expect(outcome.metrics["loss"] != nil)
        }
    }

    @Test func aRegressionHasItsLossAndNoAccuracy() async throws {
        try await withFixture { fixture in
            let code = """
                import torch
                from torch import nn
                from torch.utils.data import DataLoader
                rows = [{"x": torch.tensor([float(i)]), "y": torch.tensor([2.0 * i])} for i in range(4)]
                class Line(nn.Module):
                    def __init__(self):
                        super().__init__()
                        self.slope = nn.Parameter(torch.zeros(1))
                    def forward(self, x): return self.slope * x
                def data(): return {"train_loader": DataLoader(rows, 2), "test_loader": DataLoader(rows, 2)}
                def model(): return Line()
                """
            let project = try await Project.torch(
                fixture,
                code,
                stages: Self.stages,
                settings: #"{"loss": "mse_loss", "rate": 0.1}"#
            )
            try await project.start()
            _ = try await project.round(epochs: 40)
            let slope = try numbers(project.update, "slope")[0]
            #expect(abs(slope - 2) < 1e-4)
            let metrics = try await project.evaluate()
            #expect(metrics.keys.sorted() == ["loss"])
            #expect(abs(try #require(metrics["loss"])) < 1e-6)
        }
    }

    @Test(arguments: [
        (#"{"optimizer": "Adamw"}"#, "optimizer: torch.optim has no 'Adamw'; did you mean AdamW?"),
        (#"{"loss": "crossentropy"}"#, "loss: torch.nn.functional has no 'crossentropy'; did you mean cross_entropy?"),
    ])
    func aNameThatTorchDoesNotHaveIsToldWithTheNearest(settings: String, message: String) async throws {
        try await withFixture { fixture in
            let project = try await Project.torch(fixture, Self.code, stages: Self.stages, settings: settings)
            try await project.start()
            try await project.worker.makeModel(to: project.base, project.context())
            let failure = try await project.trainingFailure()
            #expect(failure.message.contains(message), "\(failure.message)")
        }
    }
}
