import Core

/// scikit-learn: an estimator, made in a function or bare, and functions that fit and score it.
struct ScikitLearnRecogniser: Recogniser {
    /// Estimators whose parameters can be averaged, by where they are.
    static let averaged = [
        "sklearn.linear_model.", "sklearn.neural_network.MLP", "sklearn.pipeline.Pipeline",
        "sklearn.pipeline.make_pipeline",
        "sklearn.svm.LinearSV",
    ]

    private static let signals = Signals(
        train: [".partial_fit": "calls partial_fit", ".fit": "calls fit"],
        evaluate: [
            ".score": "calls score", ".predict": "calls predict", "sklearn.metrics.": "uses metrics of scikit-learn",
        ],
        data: [:],
        modelCalls: averaged + [
            "sklearn.neural_network.MLPClassifier", "sklearn.neural_network.MLPRegressor", "sklearn.svm.LinearSVC",
            "sklearn.svm.LinearSVR", "sklearn.naive_bayes.",
        ]
    )

    func recognise(_ facts: ProjectFacts) -> Recognition? {
        guard let evidence = Recognisers.evidence(facts, "sklearn") else { return nil }
        let search = CandidateSearch(facts: facts, signals: Self.signals)
        var found = search.candidates()
        var notes: [String] = []
        for module in facts.own {
            for call in module.calls where call.name.hasPrefix("sklearn.") {
                if search.isModel(call.name) {
                    if let bare = search.bare(call, module) { found[.model, default: []].append(bare) }
                } else if Self.isTree(call.name) {
                    notes.append(
                        "\(module.file):\(call.line) makes a \(call.name): trees have no parameters to average"
                    )
                }
            }
        }
        let why = "for an estimator without a function of its own"
        found.add(
            .train,
            StageCandidate.recipe("sklearn.fit", takes: ["model", "X_train", "y_train"], score: 5, why: why)
        )
        found.add(
            .evaluate,
            StageCandidate.recipe("sklearn.score", takes: ["model", "X_test", "y_test"], score: 5, why: why)
        )
        return Recognition(shape: "scikit-learn", evidence: [evidence], candidates: found, notes: notes)
    }

    private static func isTree(_ name: String) -> Bool {
        ["Tree", "Forest", "Boosting", "Bagging", "Neighbors"].contains { name.contains($0) }
    }
}
