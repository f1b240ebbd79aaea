import Core

/// Plain NumPy: the model is arrays, in any nesting.
struct NumPyRecogniser: Recogniser {
    func recognise(_ facts: ProjectFacts) -> Recognition? {
        guard let evidence = Recognisers.evidence(facts, "numpy") else { return nil }
        let signals = Signals(
            train: [".T": "", ".dot": "multiplies matrices", "numpy.dot": "multiplies matrices"].filter {
                !$0.value.isEmpty
            },
            evaluate: [
                "numpy.mean": "takes a mean", "numpy.argmax": "takes the likeliest class", ".mean": "takes a mean",
            ]
        )
        var found = CandidateSearch(facts: facts, signals: signals).candidates()
        for module in facts.own {
            for function in module.functions {
                let score = StageNames.model.rate(function.name)
                let isMade =
                    function.calls.contains { $0.hasPrefix("numpy.zeros") || $0.hasPrefix("numpy.random.") }
                    || function.calls.contains(".normal") || function.calls.contains(".standard_normal")
                let isNamed = score > 0 || function.name.hasPrefix("init")
                guard isMade, isNamed, ["single", "tuple", "dictionary"].contains(function.returns.kind),
                    !function.parameters.contains(where: { StageWords.isModel($0) }),
                    let candidate = StageCandidate(function, in: module, score: score + 15, why: "makes arrays")
                else { continue }
                found[.model, default: []].append(candidate)
            }
        }
        return Recognition(shape: "NumPy", evidence: [evidence], candidates: found)
    }
}
