"""Stages for projects that use XGBoost and have no function that goes on from a booster."""

import xgboost


def booster(params):
    """A model stage: an empty booster of these parameters."""
    return xgboost.Booster(params)


def train(model, params, dtrain, epochs=1):
    """`xgboost.train` for `epochs` boosting rounds, from the global booster on."""
    booster = model.get_booster() if isinstance(model, xgboost.XGBModel) else model
    return xgboost.train(params, dtrain, num_boost_round=epochs, xgb_model=booster)


def fit(model, X_train, y_train, epochs=1):
    """`fit` of an estimator for `epochs` boosting rounds, from the global booster on."""
    wanted = model.get_params()["n_estimators"]
    booster = model.get_booster() if hasattr(model, "_Booster") else None
    try:
        model.set_params(n_estimators=epochs).fit(X_train, y_train, xgb_model=booster)
    finally:
        model.set_params(n_estimators=wanted)


def score(model, X_test, y_test):
    """Accuracy of a classifier, R² of a regressor."""
    name = "accuracy" if isinstance(model, xgboost.XGBClassifier) else "r2"
    return {name: float(model.score(X_test, y_test))}


def evaluate(model, dtest):
    """The booster's own metrics, of its parameter `eval_metric` or of its objective."""
    booster = model.get_booster() if isinstance(model, xgboost.XGBModel) else model
    parts = booster.eval(dtest, name="test").split("\t")[1:]
    return {part.rpartition(":")[0].removeprefix("test-"): float(part.rpartition(":")[2]) for part in parts}
