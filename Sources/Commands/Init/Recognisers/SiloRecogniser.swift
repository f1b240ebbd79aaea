import Core

/// A project of FedOps Silo (github.com/gachon-CCLab/FedOps): `models.py` whose `train_torch()` and `test_torch()` give
/// functions, `data_preparation.py` with `load_partition`, and Hydra's `conf/config.yaml`.
struct SiloRecogniser: Recogniser {
    func recognise(_ facts: ProjectFacts) -> Recognition? {
        let models = facts.modules.first { $0.file == "models.py" }
        let preparation = facts.modules.first { $0.file == "data_preparation.py" }
        guard let models, let preparation,
            let train = models.functions.first(where: { $0.name == "train_torch" }),
            let load = preparation.functions.first(where: { $0.name == "load_partition" })
        else { return nil }
        var evidence = [
            "models.py:\(train.line) train_torch \(train.returns.kind == "function" ? "returns a function" : "is there")",
            "data_preparation.py:\(load.line) load_partition",
        ]
        var notes: [String] = []
        if facts.files.contains("conf/config.yaml") {
            evidence.append("conf/config.yaml, which Hydra reads")
        } else {
            notes.append("there is no conf/config.yaml, from which such projects take their model and settings")
        }
        if !models.functions.contains(where: { $0.name == "test_torch" }) {
            notes.append("models.py has no test_torch(), which such projects evaluate by")
        }
        var found: [Flow.StageName: [StageCandidate]] = [:]
        for stage in Flow.StageName.allCases {
            let why = "runs what client_main.py would, by conf/config.yaml"
            if var recipe = StageCandidate.recipe("silo.\(stage.rawValue)", score: 200, why: why) {
                recipe.modules = [models.module, preparation.module]
                recipe.packages = ["omegaconf"]
                found[stage] = [recipe]
            }
        }
        return Recognition(shape: "FedOps Silo project", evidence: evidence, candidates: found, notes: notes)
    }
}
