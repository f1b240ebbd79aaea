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
        let test = models.functions.first { $0.name == "test_torch" }
        for stage in Flow.StageName.allCases {
            let (place, why) =
                switch stage {
                case .data: ("data_preparation.py:\(load.line)", "calls load_partition, by conf/config.yaml")
                case .model: ("conf/config.yaml", "makes what model._target_ names there")
                case .train: ("models.py:\(train.line)", "calls what train_torch() returns")
                case .evaluate: ("models.py\(test.map { ":\($0.line)" } ?? "")", "calls what test_torch() returns")
                }
            if var recipe = StageCandidate.recipe("silo.\(stage.rawValue)", score: 200, why: why) {
                recipe.place = place
                recipe.modules = [models.module, preparation.module]
                recipe.packages = ["omegaconf"]
                found[stage] = [recipe]
            }
        }
        var recognition = Recognition(
            shape: "FedOps Silo project",
            evidence: evidence,
            candidates: found,
            notes: notes
        )
        for number in facts.numbers {
            let place = "conf/config.yaml:\(number.line)"
            switch (number.name, number.value) {
            case ("num_rounds", .int(let count)): recognition.rounds = (count, place)
            case ("num_epochs", .int(let count)): recognition.epochs = (count, place)
            case ("learning_rate", let value), ("batch_size", let value):
                recognition.configuration.append((number.name, value, place))
            default: break
            }
        }
        return recognition
    }
}
