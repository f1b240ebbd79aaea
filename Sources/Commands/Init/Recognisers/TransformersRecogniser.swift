import Core

/// Hugging Face Transformers: a model from a checkpoint, trained by its Trainer or by a loop.
struct TransformersRecogniser: Recogniser {
    static func signals(_ facts: ProjectFacts) -> Signals {
        var signals = TorchRecogniser.signals
        signals.train[".train"] = "calls train of a Trainer"
        signals.train["transformers.Trainer"] = "makes a Trainer"
        signals.evaluate[".evaluate"] = "calls evaluate of a Trainer"
        signals.data["transformers.AutoTokenizer.from_pretrained"] = "tokenises"
        signals.modelCalls += Set(facts.modules.flatMap { $0.functions.flatMap(\.calls) + $0.calls.map(\.name) }).filter
        {
            $0.hasPrefix("transformers.") && ($0.hasSuffix(".from_pretrained") || $0.hasSuffix(".from_config"))
                && $0.contains("Model")
        }
        signals.modelBases.insert("transformers.PreTrainedModel")
        return signals
    }

    func recognise(_ facts: ProjectFacts) -> Recognition? {
        guard let evidence = Recognisers.evidence(facts, "transformers") else { return nil }
        var found = CandidateSearch(facts: facts, signals: Self.signals(facts)).candidates()
        let why = "runs a Trainer on the model"
        found.add(.train, StageCandidate.recipe("transformers.fit", takes: ["model"], score: 20, why: why))
        found.add(.evaluate, StageCandidate.recipe("transformers.evaluate", takes: ["model"], score: 20, why: why))
        return Recognition(shape: "Hugging Face Transformers", evidence: [evidence], candidates: found)
    }
}
