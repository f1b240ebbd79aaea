import Core

/// How people name what stages are and take.
enum StageWords {
    static let models: Set<String> = [
        "model", "net", "network", "clf", "classifier", "estimator", "regressor", "module", "learner", "pipeline",
        "params", "weights", "theta", "bst", "booster", "nn", "mdl", "global_model", "local_model",
    ]
    static let modelUses: Set<String> = [
        ".parameters", ".state_dict", ".partial_fit", ".fit", ".predict", ".predict_proba", ".eval", ".coef_",
        ".named_parameters", ".train_on_batch", ".evaluate", ".apply", ".zero_grad",
    ]
    static let epochs: Set<String> = [
        "epochs", "num_epochs", "n_epochs", "nepochs", "local_epochs", "nb_epochs", "max_epochs", "epoch_count",
        "number_of_epochs", "n_epoch", "num_epoch", "passes",
    ]
    static let rounds: Set<String> = ["round", "server_round", "rnd", "round_number", "current_round"]
    /// Which share of the data a node has, as a number.
    static let partitions: Set<String> = [
        "partition", "partition_id", "client_id", "cid", "clientid", "client_idx", "client_index", "shard", "shard_id",
        "rank", "worker_id", "user_id", "node_id", "client_number", "split_id",
    ]
    /// Which site a node is, by a name.
    static let sites: Set<String> = [
        "site", "hospital", "silo", "region", "city", "department", "ward", "clinic", "country", "client",
        "client_name",
        "location", "center", "centre", "institution", "farm", "factory", "plant", "store", "branch", "site_name",
        "site_id",
    ]
    static let nodes: Set<String> = ["node", "node_name", "hostname"]
    static let counts: Set<String> = [
        "num_partitions", "num_clients", "n_clients", "n_partitions", "num_shards", "num_sites", "n_sites",
        "world_size",
        "number_of_clients",
    ]
    static let devices: Set<String> = ["device", "dev"]
    /// A whole set of settings in one object.
    static let namespaces: Set<String> = ["args", "cfg", "config", "opt", "opts", "hparams", "hp", "flags", "conf"]
    /// What only the code around a training function can make.
    static let made: Set<String> = [
        "optimizer", "optimiser", "opt_state", "criterion", "loss_fn", "loss_function", "loss_func", "scheduler",
        "scaler",
        "lr_scheduler", "optim",
    ]

    /// Values that people take, where nothing in the project says one.
    static let usual: [String: JSONValue] = [
        "lr": .double(0.01), "learning_rate": .double(0.01), "momentum": .double(0.9), "weight_decay": .int(0),
        "batch_size": .int(32), "seed": .int(42), "random_seed": .int(42), "random_state": .int(42),
        "test_size": .double(0.2), "val_size": .double(0.1), "validation_split": .double(0.1), "shuffle": .bool(true),
        "num_workers": .int(0), "verbose": .int(0), "alpha": .double(0.5),
    ]

    /// Lower-case words of a name: `trainLoader` and `train_loader` alike.
    static func words(_ name: String) -> [String] {
        var words: [String] = []
        var word = ""
        var wasLower = false
        for character in name {
            if character == "_" || (character.isUppercase && wasLower) {
                if !word.isEmpty { words.append(word) }
                word = ""
            }
            if character != "_" { word.append(contentsOf: character.lowercased()) }
            wasLower = character.isLowercase || character.isNumber
        }
        if !word.isEmpty { words.append(word) }
        return words
    }

    static func isModel(_ parameter: PythonParameter) -> Bool {
        let name = parameter.name.lowercased()
        return models.contains(name) || name.hasSuffix("_model") || name.hasSuffix("_net")
            || !parameter.uses.isDisjoint(with: modelUses)
    }
}

/// What part of the data a name stands for.
struct DataRole: Equatable {
    enum Split { case train, test, validation }
    enum Axis { case features, labels, batches }

    var split: Split?
    var axis: Axis?

    /// Nil for a name that says nothing of data.
    init?(_ name: String) {
        let words = StageWords.words(name)
        let whole = words.joined()
        func has(_ texts: [String]) -> Bool { words.contains { texts.contains($0) } }
        func holds(_ texts: [String]) -> Bool { texts.contains { whole.contains($0) } }
        if holds(["train", "trn"]) || has(["tr"]) {
            split = .train
        } else if holds(["test", "tst", "holdout"]) || has(["te"]) {
            split = .test
        } else if holds(["valid", "eval"]) || whole.hasPrefix("val") || whole.hasSuffix("val") || has(["val", "dev"]) {
            split = .validation
        }
        let bare = Self.dropping(["train", "test", "validation", "valid", "val"], from: whole)
        if holds(["loader", "dataset", "generator", "batches", "iterator", "datamodule"])
            || has(["dl", "ds", "set", "data", "batch", "samples", "examples", "df", "frame", "dmatrix", "records"])
        {
            axis = .batches
        } else if has(["x", "xs", "features", "feature", "inputs", "input", "images", "image"]) || bare == "x" {
            axis = .features
        } else if has(["y", "ys", "labels", "label", "targets", "target"]) || bare == "y" {
            axis = .labels
        }
        if axis == nil {
            // `train` alone may be data; `training` something or `test_size` isn't.
            guard split != nil, words.count == 1 else { return nil }
            axis = .batches
        }
        if has([
            "size", "fraction", "ratio", "path", "dir", "root", "file", "name", "shape", "dim", "count", "num", "n",
        ]) {
            return nil
        }
    }

    private static func dropping(_ parts: [String], from text: String) -> String {
        for part in parts {
            if let range = text.firstRange(of: part) { return text.replacingCharacters(in: range, with: "") }
        }
        return text
    }
}

extension String {
    fileprivate func replacingCharacters(in range: Range<String.Index>, with text: String) -> String {
        String(self[..<range.lowerBound]) + text + String(self[range.upperBound...])
    }
}
