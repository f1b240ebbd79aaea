import Core

/// Keras, by itself or in TensorFlow.
struct KerasRecogniser: Recogniser {
    func recognise(_ facts: ProjectFacts) -> Recognition? {
        guard let evidence = Recognisers.evidence(facts, "keras", "tensorflow.keras", "tensorflow") else { return nil }
        let roots = ["keras", "tensorflow.keras"]
        let signals = Signals(
            train: [
                ".fit": "calls fit", ".train_on_batch": "trains on batches",
                "tensorflow.GradientTape": "records gradients",
            ],
            evaluate: [
                ".evaluate": "calls evaluate", ".predict": "calls predict", ".test_on_batch": "tests on batches",
            ],
            data: ["tensorflow.": "uses TensorFlow"],
            modelBases: Set(roots.flatMap { ["\($0).Model", "\($0).models.Model", "\($0).Sequential"] }),
            modelCalls: roots.flatMap {
                [
                    "\($0).Sequential", "\($0).models.Sequential", "\($0).Model", "\($0).models.Model",
                    "\($0).applications.",
                ]
            }
        )
        var found = CandidateSearch(facts: facts, signals: signals).candidates()
        let why = "for a compiled model without a function of its own"
        found.add(
            .train,
            StageCandidate.recipe("keras.fit", takes: ["model", "x_train", "y_train"], score: 5, why: why)
        )
        found.add(
            .evaluate,
            StageCandidate.recipe("keras.evaluate", takes: ["model", "x_test", "y_test"], score: 5, why: why)
        )
        return Recognition(shape: "Keras", evidence: [evidence], candidates: found)
    }
}
