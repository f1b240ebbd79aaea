import Core

/// PEFT, such as LoRA: a model around a frozen one, of which only the adapters are trained and shared.
struct PEFTRecogniser: Recogniser {
    func recognise(_ facts: ProjectFacts) -> Recognition? {
        guard let evidence = Recognisers.evidence(facts, "peft") else { return nil }
        var signals = TransformersRecogniser.signals(facts)
        signals.modelCalls += ["peft.get_peft_model", "peft.PeftModel.from_pretrained"]
        var found = CandidateSearch(facts: facts, signals: signals).candidates()
        found[.model] = found[.model]?.map { candidate in
            var candidate = candidate
            if candidate.returns?.elements.first?.call?.hasPrefix("peft.") == true { candidate.score += 20 }
            return candidate
        }
        return Recognition(shape: "PEFT adapters", evidence: [evidence], candidates: found)
    }
}
