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
        let search = CandidateSearch(facts: facts, signals: signals)
        var found = search.candidates()
        var notes = [
            "trees have no mean: rounds.strategy is fedxgbbagging, and train has to go on from the booster it is given"
        ]
        let anew = (found[.train] ?? []).filter { startsAnew($0, facts) }
        for candidate in anew {
            notes.append("\(candidate.description) starts anew in each round: it gives fit or train no xgb_model")
        }
        found[.model, default: []] += facts.own.flatMap { module in
            module.calls.filter { search.isModel($0.name) }.compactMap { search.bare($0, module) }
        }
        addRecipes(to: &found)
        var recognition = Recognition(shape: "XGBoost", evidence: [evidence], candidates: found, notes: notes)
        recognition.discouraged = anew.map(\.kind)
        recognition.strategy = (.fedxgbbagging, "trees have no mean: those of all nodes are appended")
        return recognition
    }

    /// Whether a function of the project makes new trees only, whatever booster it is given.
    private func startsAnew(_ candidate: StageCandidate, _ facts: ProjectFacts) -> Bool {
        guard case .call(let entry) = candidate.kind, let function = facts.function(entry)?.function,
            function.calls.contains(where: { $0 == "xgboost.train" || $0.hasSuffix(".fit") })
        else { return false }
        return function.calls.isDisjoint(with: [".update", ".boost"]) && !function.keywords.contains("xgb_model")
    }

    /// Rather than scikit-learn's, which fit an estimator anew.
    private func addRecipes(to found: inout [Flow.StageName: [StageCandidate]]) {
        let why = "goes on from the global booster"
        let own = "for a model without a function of its own"
        for (name, takes) in [("fit", ["model", "X_train", "y_train"]), ("train", ["model", "params", "dtrain"])] {
            found.add(.train, StageCandidate.recipe("xgboost.\(name)", takes: takes, score: 8, why: why))
        }
        for (name, takes) in [("score", ["model", "X_test", "y_test"]), ("evaluate", ["model", "dtest"])] {
            found.add(.evaluate, StageCandidate.recipe("xgboost.\(name)", takes: takes, score: 8, why: own))
        }
    }
}
