"""Train and evaluate for projects that have a scikit-learn estimator and data, and no functions around them."""

import inspect

import numpy as np


def fit(model, X_train, y_train, epochs=1, classes=None):
    """One `fit`, or `epochs` passes of `partial_fit` where the estimator has it."""
    if not hasattr(model, "partial_fit"):
        model.fit(X_train, y_train)
        return
    given = {}
    if "classes" in inspect.signature(model.partial_fit).parameters:
        given["classes"] = np.unique(y_train) if classes is None else np.asarray(classes)
    for _ in range(epochs):
        model.partial_fit(X_train, y_train, **given)


def score(model, X_test, y_test):
    try:
        from sklearn.base import is_regressor

        tells_r2 = is_regressor(model)
    except ImportError:  # of its form, but not of it
        tells_r2 = getattr(model, "_estimator_type", "") == "regressor"
    return {"r2" if tells_r2 else "accuracy": model.score(X_test, y_test)}
