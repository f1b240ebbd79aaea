import FlowRunner
import Foundation
import Tensors
import TestSupport
import Testing

/// `share`: what travels, and what stays and lasts on the node.
@Suite(.serialized) struct SharingTests {
    /// Body and head; each node's data have a mean of their own. Training gives each tensor the node's own number.
    private static let code = """
        import os, signal
        import torch
        from torch import nn
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.body = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
                self.head = nn.Linear(2, 2)
        def data(labels): return torch.full((8, 2), float(labels["mean"]))
        def model(): return Net()
        def train(model, data, round):
            model.train()
            model.body[1](data)
            with torch.no_grad():
                for parameter in model.parameters(): parameter.fill_(data.mean() + round)
            if os.path.exists("interrupt"):
                # The worker dies at the moment at which what it keeps gets its name.
                os.replace = lambda *names: os.kill(os.getpid(), signal.SIGKILL)
        def evaluate(model, data):
            return {"head": model.head.weight.mean(), "body": model.body[0].weight.mean(),
                    "norm": model.body[1].weight.mean(), "mean": model.body[1].running_mean.mean()}

        """

    private func project(_ fixture: Fixture, _ share: String, mean: Int = 10, node: String = "node-1") async throws
        -> Project
    {
        try await Project.torch(fixture, Self.code, share: share, node: node, labels: ["mean": "\(mean)"])
    }

    private static let cases: [(share: String, names: String)] = [
        (
            #"{"except": ["head.**"]}"#,
            "body.1.num_batches_tracked body.0.weight body.0.bias body.1.weight body.1.bias body.1.running_mean "
                + "body.1.running_var"
        ),
        (
            #"{"only": ["body.*.weight", "head.*"], "except": ["**.bias"]}"#,
            "body.0.weight body.1.weight head.weight"
        ),
        (
            #"{"buffers": "local"}"#, "body.0.weight body.0.bias body.1.weight body.1.bias head.weight head.bias"
        ),
        (#"{"batchNorm": "local", "except": ["head.bias"]}"#, "body.0.weight body.0.bias head.weight"),
    ]

    @Test(arguments: cases)
    func patternsAndGroupsSayWhatTravels(share: String, names: String) async throws {
        try await withFixture { fixture in
            let project = try await project(fixture, share)
            try await project.start()
            _ = try await project.round()
            #expect(try project.names(project.base).joined(separator: " ") == names)
            #expect(try project.names(project.update).joined(separator: " ") == names)
        }
    }

    @Test func eachNodeKeepsItsOwnNormalisationOverRoundsAndWorkers() async throws {
        try await withFixture { fixture in
            let north = try await project(fixture, #"{"batchNorm": "local"}"#, mean: 10)
            let south = try await project(fixture, #"{"batchNorm": "local"}"#, mean: 20, node: "node-2")
            for project in [north, south] {
                try await project.start()
                _ = try await project.round()
            }
            // The update is the south's; what is north's own is not in it.
            let here = try await north.evaluate()
            #expect(here["body"] == 21)
            #expect(here["norm"] == 11)
            #expect(try await south.evaluate()["norm"] == 21)
            #expect(try #require(here["mean"]) < (try #require(await south.evaluate()["mean"])))
            try await north.start()
            #expect(try await north.evaluate() == here)
        }
    }

    @Test func aKillWhileTheNodesOwnLayersAreWrittenLeavesThoseOfTheRoundBefore() async throws {
        try await withFixture { fixture in
            let project = try await project(fixture, #"{"except": ["head.**"]}"#)
            try await project.start()
            _ = try await project.round(1)
            #expect(try await project.evaluate()["head"] == 11)
            try fixture.write("", to: "revision/interrupt")
            #expect(try await project.trainingFailure(round: 5).kind == .crash)
            try FileManager.default.removeItem(at: fixture.url("revision/interrupt"))
            try await project.start()
            #expect(try await project.evaluate()["head"] == 11)
            _ = try await project.round(2)
            #expect(try await project.evaluate()["head"] == 12)
        }
    }

    @Test func aTrainingThatFailsLeavesNoHalfTrainedLayers() async throws {
        try await withFixture { fixture in
            let failing = Self.code.replacing(
                "    if os.path",
                with: "    if round == 1: raise ValueError('full')\n    if os.path"
            )
            let project = try await Project.torch(
                fixture,
                failing,
                share: #"{"except": ["head.**"]}"#,
                labels: ["mean": "10"]
            )
            try await project.start()
            try await project.worker.makeModel(to: project.base, project.context())
            let before = try await project.evaluate(project.base)
            #expect(try await project.trainingFailure().kind == .exception)
            #expect(try await project.evaluate(project.base)["head"] == before["head"])
        }
    }

    @Test func layersOfAnotherShapeInANewRevisionStartAnew() async throws {
        try await withFixture { fixture in
            let first = try await project(fixture, #"{"except": ["head.**"]}"#)
            try await first.start()
            _ = try await first.round()
            await first.worker.stop()
            let code = Self.code.replacing("self.head = nn.Linear(2, 2)", with: "self.head = nn.Linear(2, 3)")
            let second = try await Project.torch(
                fixture,
                code,
                share: #"{"except": ["head.**"]}"#,
                labels: ["mean": "10"]
            )
            try await second.start()
            #expect(try #require(await second.evaluate()["head"]) < 1)
            let told =
                "what this node kept is left aside, the revision has another: head.weight has shape [2, 2], not [3, 2]"
            #expect(second.log.lines.contains { $0.text.contains(told) })
        }
    }

    @Test(arguments: [
        (#"{"except": ["head"]}"#, "share.except: no tensor has a name like head; did you mean head.**?"),
        (#"{"only": ["bod.**"]}"#, "share.only: no tensor has a name like bod.**; there are "),
        (#"{"except": ["**"]}"#, "nothing is left to share of 9 tensors"),
    ])
    func aPatternThatFitsNothingIsAMistake(share: String, message: String) async throws {
        try await withFixture { fixture in
            let project = try await project(fixture, share)
            try await project.start()
            let failure = try await project.failure { () throws(StageFailure) in
                try await project.worker.makeModel(to: project.base, project.context())
            }
            #expect(failure.message.contains(message), "\(failure.message)")
        }
    }

    @Test func aGlobalModelOfOtherPatternsIsRefusedWithTheDifference() async throws {
        try await withFixture { fixture in
            let all = try await Project.torch(fixture, Self.code, node: "node-2", labels: ["mean": "1"])
            try await all.start()
            try await all.worker.makeModel(to: all.base, all.context())
            let project = try await project(fixture, #"{"except": ["head.**"]}"#)
            try await project.start()
            let failure = try await project.trainingFailure()
            #expect(
                failure.message.contains("head.weight is shared there, and share keeps it on the node here"),
                "\(failure.message)"
            )
        }
    }

    @Test func arraysOfNumPyAreSplitByTheSamePatterns() async throws {
        try await withFixture { fixture in
            let code = """
                import numpy as np
                def data(): return [1]
                def model(): return {"body": np.zeros(2), "head": {"w": np.zeros(2)}}
                def train(model, data):
                    model["body"] += 1
                    model["head"]["w"] += 5
                def evaluate(model, data): return {"body": model["body"].mean(), "head": model["head"]["w"].mean()}
                """
            let project = try Project(
                fixture,
                files: ["flow.py": code],
                stages: Project.functions,
                share: #"{"except": ["head.*"]}"#,
                python: try await PythonEnvironment.sklearn.python()
            )
            try await project.start()
            for round in 1...2 { _ = try await project.round(round) }
            #expect(try project.names(project.update) == ["body"])
            try await project.start()
            #expect(try await project.evaluate() == ["body": 1, "head": 10])
        }
    }
}
