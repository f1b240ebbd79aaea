/// A stage's function that FedOps brings, for frameworks and shapes of projects that have no function of their own to
/// name: an ``EntryPoint`` in the reserved module `fedops`, such as `fedops:sklearn.fit`.
package enum Recipe: String, Sendable, CaseIterable {
    /// `fit` of an estimator, or `epochs` passes of its `partial_fit`, on `X_train` and `y_train`.
    case sklearnFit = "sklearn.fit"
    /// Accuracy of a classifier, R² of a regressor, on `X_test` and `y_test`.
    case sklearnScore = "sklearn.score"
    /// A plain training loop over `train_loader`.
    case torchFit = "torch.fit"
    /// Loss and accuracy over `test_loader`.
    case torchEvaluate = "torch.evaluate"
    /// A `Trainer` of Lightning on a `LightningModule`.
    case lightningFit = "lightning.fit"
    case lightningEvaluate = "lightning.evaluate"
    /// A `Trainer` of Hugging Face, the project's own or one made from `arguments`.
    case transformersFit = "transformers.fit"
    case transformersEvaluate = "transformers.evaluate"
    /// `fit` of a compiled Keras model, on arrays or a data set.
    case kerasFit = "keras.fit"
    /// `evaluate` of a compiled Keras model: its loss and its compiled metrics.
    case kerasEvaluate = "keras.evaluate"
    /// An empty booster of `params`.
    case xgboostBooster = "xgboost.booster"
    /// `xgboost.train` with `params` on `dtrain`, from the global booster on.
    case xgboostTrain = "xgboost.train"
    /// `fit` of an estimator of XGBoost, from the global booster on.
    case xgboostFit = "xgboost.fit"
    /// The booster's metrics on `dtest`.
    case xgboostEvaluate = "xgboost.evaluate"
    /// Accuracy of a classifier of XGBoost, R² of a regressor, on `X_test` and `y_test`.
    case xgboostScore = "xgboost.score"
    /// `load_partition` of a FedOps Silo project, with the arguments of its `conf/config.yaml`.
    case siloData = "silo.data"
    /// What `model` of a Silo project's configuration names by `_target_`.
    case siloModel = "silo.model"
    /// The function that `train_torch()` of a Silo project gives.
    case siloTrain = "silo.train"
    /// The function that `test_torch()` of a Silo project gives.
    case siloEvaluate = "silo.evaluate"
    /// The node's context of a Flower app: run and node configuration.
    case flowerData = "flower.data"
    /// The first arrays of a Flower app: its ServerApp's, else its ClientApp's.
    case flowerModel = "flower.model"
    /// A train message to a Flower app's ClientApp.
    case flowerTrain = "flower.train"
    /// An evaluate message to a Flower app's ClientApp.
    case flowerEvaluate = "flower.evaluate"

    /// The module that an entry point names for it.
    package static let module = "fedops"
}

extension EntryPoint {
    /// Whether FedOps brings the function, or would: whether there is a recipe of that name, ``recipe`` tells.
    package var isRecipe: Bool { module == Recipe.module }

    package var recipe: Recipe? { isRecipe ? Recipe(rawValue: function) : nil }
}
