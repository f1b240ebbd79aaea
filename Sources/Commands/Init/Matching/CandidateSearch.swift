import Core

/// Looks through a project's functions and classes for those that may be stages, by their names, what they take, and
/// what they call.
struct CandidateSearch {
    let facts: ProjectFacts
    let signals: Signals

    func candidates() -> [Flow.StageName: [StageCandidate]] {
        var found: [Flow.StageName: [StageCandidate]] = [:]
        for module in facts.modules {
            for function in module.functions { add(function, nil, module, &found) }
            for type in module.classes {
                if let candidate = model(type, module) { found[.model, default: []].append(candidate) }
                guard !facts.descends(type, from: signals.modelBases) else { continue }
                for method in type.methods { add(method, type, module, &found) }
            }
        }
        return found.mapValues { $0.sorted { ($0.score, $1.text) > ($1.score, $0.text) } }
    }

    private func add(
        _ function: PythonFunction,
        _ type: PythonClass?,
        _ module: PythonModule,
        _ found: inout [Flow.StageName: [StageCandidate]]
    ) {
        for stage in Flow.StageName.allCases {
            guard let (score, why) = rate(function, type, stage), score + bias(function, type, module) > 0,
                var candidate = StageCandidate(
                    function,
                    in: module,
                    score: score + bias(function, type, module),
                    why: why
                )
            else { continue }
            candidate.owner = type?.parameters ?? []
            found[stage, default: []].append(candidate)
        }
    }

    /// What holds for all stages.
    private func bias(_ function: PythonFunction, _ type: PythonClass?, _ module: PythonModule) -> Int {
        var bias = 0
        if module.isMinor { bias -= 45 }
        if function.shortName.hasPrefix("_") { bias -= 12 }
        if function.shortName == "main" { bias -= 40 }
        if function.shortName.hasPrefix("test_"), function.parameters.isEmpty { bias -= 60 }
        if !function.decorators.isEmpty { bias -= 8 }
        if type != nil { bias -= 6 }
        if module.file.hasPrefix("src/") == false { bias -= 2 * module.file.filter { $0 == "/" }.count }
        let whole = module.whole(function.name)
        if facts.own.contains(where: { $0.calls.contains { $0.name == whole } }) { bias += 8 }
        return bias
    }

    private func rate(_ function: PythonFunction, _ type: PythonClass?, _ stage: Flow.StageName) -> (Int, String)? {
        let parameters = function.parameters + (type?.parameters ?? [])
        let takesModel = parameters.contains { StageWords.isModel($0) }
        switch stage {
        case .data: return data(function, takesModel)
        case .model: return model(function)
        case .train:
            return later(function, takesModel, signals.train, StageNames.train, not: StageNames.evaluate)
        case .evaluate:
            return later(function, takesModel, signals.evaluate, StageNames.evaluate, not: StageNames.train)
        }
    }

    private func later(
        _ function: PythonFunction,
        _ takesModel: Bool,
        _ signals: [String: String],
        _ names: StageNames,
        not others: StageNames
    ) -> (Int, String)? {
        let named = names.rate(function.shortName)
        let other = others.rate(function.shortName)
        let calls = Signals.match(function.calls, signals)
        guard named > 0 || (calls.count > 0 && other == 0) else { return nil }
        guard named >= other else { return nil }
        // Without the model there is nothing to train: it is made inside, where nothing can reach it.
        let score = named + 12 * min(calls.count, 3) + (takesModel ? 15 : -40)
        return (score, calls.why ?? "is called \(function.shortName)")
    }

    private func data(_ function: PythonFunction, _ takesModel: Bool) -> (Int, String)? {
        guard !takesModel, ["single", "tuple", "dictionary"].contains(function.returns.kind) else { return nil }
        let named = StageNames.data.rate(function.shortName)
        let calls = Signals.match(function.calls, signals.data.merging(Signals.usualData) { $1 })
        guard named > 0 || calls.count > 0 else { return nil }
        var score = named + 8 * min(calls.count, 3)
        let names = Array(function.returns.names.keys) + function.returns.elements.compactMap(\.name)
        let splits = Set(names.compactMap { DataRole($0)?.split.map { $0 == .train } })
        if splits.count == 2 { score += 15 }
        if function.returns.elements.count > 1 { score += 5 }
        // A constant, a number of classes, a transform.
        if names.count == 1, let only = names.first, DataRole(only) == nil, named == 0 { score -= 10 }
        return (score, calls.why ?? "is called \(function.shortName)")
    }

    private func model(_ function: PythonFunction) -> (Int, String)? {
        guard function.returns.kind == "single", let made = function.returns.elements.first?.call else { return nil }
        let isOwn = facts.type(made).map { facts.descends($0.type, from: signals.modelBases) } ?? false
        guard isOwn || isModel(made) else { return nil }
        let short = made.split(separator: ".").last.map(String.init) ?? made
        return (StageNames.model.rate(function.shortName) + 30, "returns a \(short)")
    }

    func isModel(_ name: String) -> Bool {
        signals.modelCalls.contains { $0.hasSuffix(".") ? name.hasPrefix($0) : name == $0 }
    }

    /// `clf = SGDClassifier(loss="log_loss")` in a script: the class itself is the model's function, with what is
    /// written there. Only where all that it is given is literal.
    func bare(_ call: PythonCall, _ module: PythonModule) -> StageCandidate? {
        guard call.arguments.allSatisfy({ $0.hasValue && $0.keyword != nil }),
            let dot = call.name.lastIndex(of: "."),
            let entry = EntryPoint("\(call.name[..<dot]):\(call.name[call.name.index(after: dot)...])"),
            !call.name.hasPrefix("sklearn.pipeline")
        else { return nil }
        var candidate = StageCandidate(
            kind: .call(entry),
            score: 15,
            why: "is made at \(module.file):\(call.line)"
        )
        for argument in call.arguments {
            if let name = argument.keyword { candidate.with[name] = .constant(argument.value) }
        }
        return candidate
    }

    private func model(_ type: PythonClass, _ module: PythonModule) -> StageCandidate? {
        guard facts.descends(type, from: signals.modelBases) else { return nil }
        var score = 25 + (module.isMinor ? -45 : 0)
        let lower = type.name.lowercased()
        if ["net", "model", "cnn", "mlp", "classifier", "resnet", "lstm", "regression"].contains(where: lower.contains)
        {
            score += 6
        }
        if ["block", "layer", "loss", "attention", "embedding", "head", "base", "dataset", "unit", "residual"].contains(
            where: lower.contains
        ) {
            score -= 10
        }
        let whole = module.whole(type.name)
        for call in facts.own.flatMap(\.calls) where call.name == whole {
            if call.within == "__init__" { score -= 12 }
            if call.targets.keys.contains(where: { StageWords.models.contains($0.lowercased()) }) { score += 12 }
        }
        let base = type.bases.first ?? "a model's class"
        return StageCandidate(type, in: module, score: score, why: "is a \(base)")
    }
}

/// How likely a function's name makes it one of a stage.
struct StageNames {
    var exact: Set<String>
    /// Words of which the name has one, such as `train` in `train_one_epoch`.
    var words: Set<String>
    var starts: Set<String> = []

    func rate(_ name: String) -> Int {
        let words = StageWords.words(name)
        if exact.contains(words.joined(separator: "_")) { return 30 }
        guard !self.words.isDisjoint(with: words) else { return 0 }
        return words.first.map { starts.contains($0) || self.words.contains($0) } == true ? 20 : 10
    }

    static let train = StageNames(
        exact: [
            "train", "fit", "train_model", "fit_model", "local_train", "train_local", "train_loop", "run_training",
        ],
        words: ["train", "fit", "training", "optimize", "learn"],
        starts: ["run", "do", "local"]
    )
    static let evaluate = StageNames(
        exact: [
            "test", "evaluate", "validate", "eval", "score", "evaluate_model", "eval_model", "test_model", "test_loop",
            "local_evaluate", "local_test",
        ],
        words: ["test", "evaluate", "eval", "evaluation", "validate", "validation", "score", "accuracy", "metrics"],
        starts: ["run", "do", "compute", "get", "calculate"]
    )
    static let data = StageNames(
        exact: [
            "load_data", "get_data", "load", "prepare_data", "make_data", "load_dataset", "get_loaders", "make_loaders",
            "get_dataloaders", "create_dataloaders", "load_partition", "get_data_loaders", "build_dataloaders", "data",
            "get_dataset", "load_datasets", "get_datasets", "load_local_data", "make_dataloaders", "build_loaders",
        ],
        words: [
            "data", "dataset", "datasets", "loader", "loaders", "dataloader", "dataloaders", "partition", "samples",
            "digits", "mnist", "cifar", "cifar10", "iris", "csv", "split",
        ],
        starts: ["load", "get", "make", "prepare", "build", "create", "read", "setup", "fetch"]
    )
    static let model = StageNames(
        exact: [
            "build_model", "create_model", "make_model", "get_model", "model", "build", "make", "init_model",
            "make_net",
            "get_net", "create_net", "build_net", "load_model",
        ],
        words: [
            "model", "net", "network", "classifier", "estimator", "clf", "regressor", "params", "weights", "pipeline",
        ],
        starts: ["build", "create", "make", "get", "init", "new", "load"]
    )
}
