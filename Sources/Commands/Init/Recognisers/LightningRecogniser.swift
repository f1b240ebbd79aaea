import Core

/// Lightning: the training loop is the framework's, on a LightningModule and, mostly, a LightningDataModule.
struct LightningRecogniser: Recogniser {
    private static let packages = ["lightning.pytorch", "pytorch_lightning", "lightning"]

    private static func names(_ name: String) -> Set<String> {
        Set(packages.map { "\($0).\(name)" } + packages.map { "\($0).core.\(name)" })
    }

    func recognise(_ facts: ProjectFacts) -> Recognition? {
        guard let evidence = Recognisers.evidence(facts, "lightning", "pytorch_lightning") else { return nil }
        let signals = Signals(
            train: [".fit": "calls fit of a Trainer"],
            evaluate: [".test": "calls test of a Trainer", ".validate": "calls validate of a Trainer"],
            modelBases: Self.names("LightningModule"),
            modelCalls: []
        )
        var found = CandidateSearch(facts: facts, signals: signals).candidates()
        found[.model] = found[.model]?.map { candidate in
            var candidate = candidate
            candidate.score += 30
            return candidate
        }
        for module in facts.own {
            for type in module.classes where facts.descends(type, from: Self.names("LightningDataModule")) {
                guard var candidate = StageCandidate(type, in: module, score: 60, why: "is a LightningDataModule")
                else {
                    continue
                }
                candidate.returns = PythonFunction.Returns(
                    kind: "single",
                    elements: [.init(name: nil, call: nil)],
                    names: [:]
                )
                found[.data, default: []].append(candidate)
            }
        }
        let why = "runs a Trainer on the module"
        found.add(.train, StageCandidate.recipe("lightning.fit", takes: ["model", "data"], score: 40, why: why))
        found.add(
            .evaluate,
            StageCandidate.recipe("lightning.evaluate", takes: ["model", "data"], score: 40, why: why)
        )
        return Recognition(shape: "Lightning", evidence: [evidence], candidates: found)
    }
}
