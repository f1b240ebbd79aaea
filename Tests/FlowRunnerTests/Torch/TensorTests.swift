import FlowRunner
import Foundation
import Tensors
import TestSupport
import Testing

/// What a module's state dictionary hides.
@Suite(.serialized) struct TorchTensorTests {
    @Test func namesAreTheSameHoweverANodeWrapsTheModelAndTiedWeightsTravelOnce() async throws {
        try await withFixture { fixture in
            let code = """
                import torch
                from torch import nn
                class Net(nn.Module):
                    def __init__(self):
                        super().__init__()
                        self.encoder, self.inner = nn.Embedding(5, 3), nn.Linear(3, 3)
                        self.decoder = nn.Linear(3, 5, bias=False)
                        self.decoder.weight = self.encoder.weight
                def data(): return [1]
                def model(labels):
                    net = Net()
                    if labels:
                        net.inner = nn.DataParallel(net.inner)
                        net = torch.compile(net)
                    return net
                def train(model, data):
                    with torch.no_grad():
                        for parameter in model.parameters(): parameter.fill_(2)
                    return nn.DataParallel(model)
                def evaluate(model, data):
                    return {"tied": model.decoder.weight is model.encoder.weight, "value": model.decoder.weight.mean()}
                """
            let plain = try await Project.torch(fixture, code)
            let wrapped = try await Project.torch(fixture, code, node: "node-2", labels: ["gpus": "2"])
            for project in [plain, wrapped] {
                try await project.start()
                for round in 1...2 { #expect(try await project.round(round).examples == 1) }
                #expect(try project.names(project.base) == ["encoder.weight", "inner.weight", "inner.bias"])
                #expect(try project.names(project.update) == project.names(project.base))
                #expect(try await project.evaluate() == ["tied": 1, "value": 2])
            }
        }
    }

    private static let linear = """
        import torch
        from torch import nn
        def data(): return [1]
        def model():
            net = nn.Linear(2, 2)
            net.register_buffer("steps", torch.tensor(7))
            return net
        def evaluate(model, data): return {"wide": model.weight.dtype == torch.float32, "steps": model.steps}
        def train(model, data):
            with torch.no_grad(): model.weight.fill_(0.5)

        """

    @Test(arguments: [
        "return model.double()",
        "model.half()",
        "return dict(reversed(model.state_dict().items()))",
        "return {name: value.double() if value.is_floating_point() else value for name, value in model.state_dict().items()}",
    ])
    func whateverPrecisionAndOrderTrainingLeavesTheGlobalOnesComeBack(end: String) async throws {
        try await withFixture { fixture in
            let project = try await Project.torch(fixture, Self.linear + "    \(end)")
            try await project.start()
            for round in 1...2 { _ = try await project.round(round) }
            let specs = try SafetensorsFile(mapping: project.update).specs
            #expect(specs.map(\.dtype) == [.i64, .f32, .f32])
            #expect(try numbers(project.update, "weight") == [0.5, 0.5, 0.5, 0.5])
            #expect(try await project.evaluate() == ["wide": 1, "steps": 7])
        }
    }

    @Test(arguments: [
        ("model.steps = model.steps.float()", "steps has dtype F32, not I64"),
        ("model.weight = nn.Parameter(torch.zeros(3, 2))", "weight has shape [3, 2], not [2, 2]"),
        ("model.more = nn.Parameter(torch.zeros(1))", "more is new"),
        ("return {'weight': model.weight, 'steps': model.steps}", "differs from the model: bias is missing"),
        ("return {**model.state_dict(), 'weight': torch.zeros(3, 2)}", "weight has shape [3, 2], not [2, 2]"),
        ("return {**model.state_dict(), 'wieght': torch.zeros(2, 2)}", "wieght is new"),
        ("model.to('meta')", "is on the device meta"),
        ("model.weight = nn.Parameter(model.weight.to_sparse())", "layout torch.sparse_coo"),
    ])
    func whatIsNoLongerTheModelIsRefusedWithTheDifference(end: String, message: String) async throws {
        try await withFixture { fixture in
            let project = try await Project.torch(fixture, Self.linear + "    \(end)")
            try await project.start()
            try await project.worker.makeModel(to: project.base, project.context())
            let failure = try await project.trainingFailure()
            #expect(failure.kind == .invalid)
            #expect(failure.message.contains(message), "\(failure.message)")
        }
    }

    @Test func extraStateTravelsWhereItIsATensorAndStaysElsewhere() async throws {
        try await withFixture { fixture in
            let code = """
                import torch
                from torch import nn
                class Scale(nn.Module):
                    value = 1.0
                    def get_extra_state(self): return torch.tensor(self.value)
                    def set_extra_state(self, state): self.value = float(state)
                class Words(nn.Module):
                    def get_extra_state(self): return {"words": 3}
                    def set_extra_state(self, state): pass
                class Net(nn.Module):
                    def __init__(self):
                        super().__init__()
                        self.scale, self.words, self.out = Scale(), Words(), nn.Linear(1, 1)
                def data(): return [1]
                def model(): return Net()
                def train(model, data): model.scale.value += 1
                def evaluate(model, data): return model.scale.value
                """
            let project = try await Project.torch(fixture, code)
            try await project.start()
            _ = try await project.round()
            #expect(try project.names(project.update) == ["scale._extra_state", "out.weight", "out.bias"])
            #expect(try await project.evaluate(project.base) == ["score": 1])
            #expect(try await project.evaluate() == ["score": 2])
            #expect(project.log.lines.contains { $0.text.contains("words._extra_state is no tensor: it isn't shared") })
        }
    }

    @Test(.timeLimit(.minutes(2))) func aModelCostsItsOwnMemoryOnceAndNotAgainForItsFiles() async throws {
        try await withFixture { fixture in
            let code = """
                import torch
                from torch import nn
                def status(key):
                    lines = (line for line in open("/proc/self/status") if line.startswith(key + ":"))
                    return int(next(lines).split()[1]) / 1024
                def data(): return [1]
                def model():
                    global floor
                    net = nn.Sequential(*[nn.Linear(2600, 2600) for _ in range(8)])
                    floor = status("VmRSS")
                    return net
                def train(model, data):
                    with torch.no_grad(): model[0].weight.add_(1)
                def evaluate(model, data): return {"megabytes": status("VmHWM") - floor}
                """
            let project = try await Project.torch(fixture, code, share: #"{"except": ["7.**"]}"#)
            try await project.start()
            _ = try await project.round()
            #expect(try SafetensorsFile(mapping: project.update).byteCount > 180 << 20)
            let beyond = try #require(await project.evaluate()["megabytes"])
            #expect(beyond < 60, "\(beyond) MB beyond the model's own")
        }
    }
}
