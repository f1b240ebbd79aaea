import FlowRunner
import Foundation
import TestSupport
import Testing

/// `fedops:lightning` on what Lightning's users write.
@Suite(.serialized) struct LightningTests {
    private static func code(_ data: String) -> String {
        """
        import \(data.contains("pytorch_lightning") ? "pytorch_lightning as pl" : "lightning.pytorch as pl")
        import torch
        from torch import nn
        from torch.utils.data import DataLoader, IterableDataset, TensorDataset
        draw = torch.Generator().manual_seed(0)
        points = torch.randn(120, 4, generator=draw)
        rows = TensorDataset(points, (points.sum(1) > 0).long())
        class Stream(IterableDataset):
            def __iter__(self): return (rows[index] for index in range(50))
        class Halves(pl.LightningDataModule):
            def train_dataloader(self): return DataLoader(rows, 8, shuffle=True)
            def val_dataloader(self): return DataLoader(TensorDataset(*rows[:60]), 16)
        class Net(pl.LightningModule):
            def __init__(self):
                super().__init__()
                torch.manual_seed(0)
                self.save_hyperparameters()
                self.net = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 2))
            def score(self, batch, name):
                scores = self.net(batch[0])
                self.log(name + "_accuracy", (scores.argmax(1) == batch[1]).float().mean())
                return nn.functional.cross_entropy(scores, batch[1])
            def training_step(self, batch, index):
                loss = self.score(batch, "train")
                self.log("train_loss", loss, on_step=False, on_epoch=True)
                return loss
            def validation_step(self, batch, index): self.score(batch, "val")
            def configure_optimizers(self):
                steps = torch.optim.Adam(self.parameters(), 0.05)
                return {"optimizer": steps, "lr_scheduler": {"scheduler": torch.optim.lr_scheduler.ExponentialLR(steps, 0.9)}}
        def data():
            \(data)
        """
    }

    private static let stages = """
        {"data": {"call": "flow:data", "with": {}}, "model": {"call": "flow:Net", "with": {}},
         "train": {"call": "fedops:lightning.fit", "with": {}},
         "evaluate": {"call": "fedops:lightning.evaluate", "with": {}}}
        """

    @Test(arguments: [
        ("return Halves()", 120, 60),
        ("return {'train_loader': DataLoader(Stream(), 8), 'test_loader': DataLoader(rows, 16)}", 50, 120),
        ("return DataLoader(rows, 8) # of pytorch_lightning", 120, 120),
    ])
    func aModuleLearnsOverRoundsAndLeavesNoFiles(data: String, trained: Int, tested: Int) async throws {
        try await withFixture { fixture in
            let project = try await Project.torch(
                fixture,
                Self.code(data),
                stages: Self.stages,
                settings: #"{"trainer": {"gradient_clip_val": 1.0}}"#,
                share: #"{"batchNorm": "local", "optimizer": "kept"}"#
            )
            try await project.start()
            for round in 1...2 {
                let outcome = try await project.round(round, epochs: 3)
                #expect(outcome.examples == trained)
                #expect(try #require(outcome.metrics["train_loss"]) < 0.7)
            }
            #expect(
                try project.names(project.update) == ["net.0.weight", "net.0.bias", "net.3.weight", "net.3.bias"]
            )
            let outcome = try await project.worker.evaluate(model: project.update, project.context())
            #expect(outcome.examples == tested)
            #expect(try #require(outcome.metrics["val_accuracy"]) > 0.85, "\(outcome.metrics)")
            let files = try FileManager.default.contentsOfDirectory(atPath: fixture.url("revision").path)
            #expect(files == ["flow.py"])
        }
    }

    @Test func whatIsNoModuleOfLightningIsRefused() async throws {
        try await withFixture { fixture in
            let project = try await Project.torch(
                fixture,
                "from torch import nn\ndef data(): return [1]\ndef Net(): return nn.Linear(1, 1)",
                stages: Self.stages
            )
            try await project.start()
            try await project.worker.makeModel(to: project.base, project.context())
            #expect(
                try await project.trainingFailure().message
                    == "fedops:lightning needs a LightningModule, the model is Linear"
            )
        }
    }
}
