/// A stage's function that FedOps brings, for frameworks whose projects have no function of their own to name: an
/// ``EntryPoint`` in the reserved module `fedops`, such as `fedops:sklearn.fit`.
package enum Recipe: String, Sendable, CaseIterable {
    /// `fit` of an estimator, or `epochs` passes of its `partial_fit`, on `X_train` and `y_train`.
    case sklearnFit = "sklearn.fit"
    /// Accuracy of a classifier, R² of a regressor, on `X_test` and `y_test`.
    case sklearnScore = "sklearn.score"

    /// The module that an entry point names for it.
    package static let module = "fedops"
}

extension EntryPoint {
    /// Whether FedOps brings the function, or would: whether there is a recipe of that name, ``recipe`` tells.
    package var isRecipe: Bool { module == Recipe.module }

    package var recipe: Recipe? { isRecipe ? Recipe(rawValue: function) : nil }
}
