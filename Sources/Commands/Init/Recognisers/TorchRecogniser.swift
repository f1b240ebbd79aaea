import Core

/// PyTorch: a module, and functions that loop over a loader.
struct TorchRecogniser: Recogniser {
    static let bases: Set<String> = ["torch.nn.Module", "torch.nn.Sequential", "torch.nn.modules.module.Module"]

    static let signals = Signals(
        train: [
            ".backward": "calls backward", ".zero_grad": "calls zero_grad", ".step": "steps an optimiser",
            "torch.optim.": "makes an optimiser",
        ],
        evaluate: [
            ".eval": "switches to eval", "torch.no_grad": "runs without gradients",
            "torch.inference_mode": "runs without gradients", ".argmax": "takes the likeliest class",
            "torch.max": "takes the likeliest class",
        ],
        data: ["torch.utils.data.": "makes data sets of PyTorch"],
        modelBases: bases,
        modelCalls: ["torch.nn.Sequential", "torchvision.models.", "timm.create_model", "torch.hub.load"]
    )

    func recognise(_ facts: ProjectFacts) -> Recognition? {
        guard let evidence = Recognisers.evidence(facts, "torch") else { return nil }
        var found = CandidateSearch(facts: facts, signals: Self.signals).candidates()
        // Where a project's own functions take an optimiser or a loss, which only code can make.
        found.add(
            .train,
            StageCandidate.recipe(
                "torch.fit",
                takes: ["model", "train_loader"],
                score: 5,
                why: "a plain loop, for a module without one"
            )
        )
        found.add(
            .evaluate,
            StageCandidate.recipe(
                "torch.evaluate",
                takes: ["model", "test_loader"],
                score: 5,
                why: "loss and accuracy, for a module without a function"
            )
        )
        return Recognition(shape: "PyTorch", evidence: [evidence], candidates: found)
    }
}
