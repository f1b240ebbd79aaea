import Core

/// XGBoost: boosters, which grow trees rather than change weights.
struct XGBoostRecogniser: Recogniser {
    func recognise(_ facts: ProjectFacts) -> Recognition? {
        guard let evidence = Recognisers.evidence(facts, "xgboost") else { return nil }
        let signals = Signals(
            train: ["xgboost.train": "calls xgboost.train", ".fit": "calls fit", ".update": "updates a booster"],
            evaluate: [
                ".eval": "calls eval", ".eval_set": "calls eval_set", ".predict": "calls predict",
                "sklearn.metrics.": "uses metrics of scikit-learn",
            ],
            data: ["xgboost.DMatrix": "makes a DMatrix"],
            modelCalls: ["xgboost.Booster", "xgboost.XGBClassifier", "xgboost.XGBRegressor"]
        )
        let found = CandidateSearch(facts: facts, signals: signals).candidates()
        var recognition = Recognition(
            shape: "XGBoost",
            evidence: [evidence],
            candidates: found,
            notes: [
                "trees have no mean: rounds.strategy is fedxgbbagging, and train has to go on from the booster it is given"
            ]
        )
        recognition.strategy = (.fedxgbbagging, "trees have no mean: those of all nodes are appended")
        return recognition
    }
}
