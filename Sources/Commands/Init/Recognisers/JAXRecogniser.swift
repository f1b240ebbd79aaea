import Core

/// JAX, with Flax or by itself: parameters are nested dictionaries of arrays.
struct JAXRecogniser: Recogniser {
    func recognise(_ facts: ProjectFacts) -> Recognition? {
        guard let evidence = Recognisers.evidence(facts, "flax", "jax") else { return nil }
        let signals = Signals(
            train: [
                "jax.grad": "takes gradients", "jax.value_and_grad": "takes gradients",
                "optax.apply_updates": "applies updates",
                "optax.": "makes an optimiser", ".apply_gradients": "applies gradients",
            ],
            evaluate: [".mean": "takes a mean", ".argmax": "takes the likeliest class", ".apply": "applies the model"],
            modelBases: [],
            modelCalls: []
        )
        var found = CandidateSearch(facts: facts, signals: signals).candidates()
        for module in facts.own {
            for function in module.functions {
                let score = StageNames.model.rate(function.name)
                let isMade = function.calls.contains { $0.hasPrefix("jax.random.") || $0.hasSuffix(".init") }
                guard isMade, function.returns.kind != "nothing", score > 0 || function.name.hasPrefix("init") else {
                    continue
                }
                let candidate = StageCandidate(
                    function,
                    in: module,
                    score: score + 30,
                    why: "makes parameters at random"
                )
                if let candidate { found[.model, default: []].append(candidate) }
            }
        }
        return Recognition(
            shape: facts.usesPackage("flax") ? "JAX with Flax" : "JAX",
            evidence: [evidence],
            candidates: found
        )
    }
}
