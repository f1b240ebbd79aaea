"""Families of estimators by what they learn: coefficients, layers, or counts of their data."""

import numpy as np

import fedops_sklearn_classes as classes
from fedops_failures import StageError

# Bases whose estimators learn what no mean makes sense of.
REFUSED = {
    "BaseForest": "trees of different nodes have nothing in common",
    "BaseDecisionTree": "trees of different nodes have nothing in common",
    "BaseGradientBoosting": "trees of different nodes have nothing in common",
    "BaseHistGradientBoosting": "trees of different nodes have nothing in common",
    "XGBModel": "trees of different nodes have nothing in common",
    "LGBMModel": "trees of different nodes have nothing in common",
    "CatBoost": "trees of different nodes have nothing in common",
    "_BaseKMeans": "the clusters of different nodes have no common order",
    "NeighborsBase": "it keeps the node's own examples",
    "BaseLibSVM": "its support vectors are the node's own examples; LinearSVC and SGDClassifier have coefficients",
    "_BasePCA": "the components of different nodes have no common order or sign",
    "CategoricalNB": "it has as many counts as this node's data have categories",
}


def family_of(estimator):
    bases = {base.__name__ for base in type(estimator).__mro__}
    for name, reason in REFUSED.items():
        if name in bases:
            raise StageError("{}: what it learns can't be averaged: {}".format(type(estimator).__name__, reason))
    if "GaussianNB" in bases:
        return Moments()
    return Counts() if "_BaseDiscreteNB" in bases else Coefficients()


class Coefficients:
    """Linear models and multi-layer perceptrons: their fitted attributes."""

    LINEAR = ("coef_", "intercept_")
    LAYERS = ("coefs_", "intercepts_")
    starts_at_zero = True

    def is_fitted(self, estimator):
        return bool(self.arrays(estimator))

    def arrays(self, estimator):
        arrays = {}
        for attribute in self.LINEAR + self.LAYERS:
            value = getattr(estimator, attribute, None)
            if isinstance(value, (list, tuple)):
                self.starts_at_zero = False
                arrays.update({"{}.{}".format(attribute, index): np.asarray(array) for index, array in enumerate(value)})
            elif value is not None:
                arrays[attribute] = np.asarray(value)
        return arrays

    def write(self, estimator, arrays):
        """Over the arrays that the estimator has, in place where it can, so that an optimiser that holds them sees the
        new ones."""
        for attribute in self.LINEAR + self.LAYERS:
            own = getattr(estimator, attribute, None)
            if own is None:
                continue
            if isinstance(own, list):
                for index, array in enumerate(own):
                    np.copyto(array, arrays["{}.{}".format(attribute, index)])
            elif isinstance(own, np.ndarray) and own.flags.writeable and own.shape == arrays[attribute].shape:
                np.copyto(own, arrays[attribute])
            else:
                value = arrays[attribute].copy()
                setattr(estimator, attribute, value if isinstance(own, np.ndarray) else value[()])

    def begin(self, estimator):
        pass

    def widen(self, estimator, own, all, base):
        if getattr(estimator, "coefs_", None) is not None:
            lacking = [name for name in all.tolist() if name not in own.tolist()]
            raise StageError(
                "this node's data lack the class{} {}: {} needs them from its first fit on, by "
                "partial_fit(…, classes=…)".format(
                    "es" if len(lacking) > 1 else "", ", ".join(map(str, lacking)), type(estimator).__name__
                )
            )
        for name, rows in self.arrays(estimator).items():
            if rows.ndim:
                setattr(estimator, name, classes.spread(rows, own, all, base.get(name), self._share(estimator)))

    def narrow(self, estimator, own, all):
        for name, rows in self.arrays(estimator).items():
            if rows.ndim:
                setattr(estimator, name, classes.gather(rows, own, all, self._share(estimator)))

    @staticmethod
    def _share(estimator):
        """Of two classes' one row: the softmax of w and 0 is that of w/2 and -w/2; one against the rest has w and -w."""
        is_softmax = "LogisticRegression" in type(estimator).__name__ and estimator.solver != "liblinear"
        return 0.5 if is_softmax else 1.0


class Moments:
    """Gaussian naive Bayes: for each class its share of the examples, and those of the sums of features and squares.

    Their mean, weighted by examples, is what one estimator has that saw the data of all nodes.
    """

    starts_at_zero = False

    def is_fitted(self, estimator):
        return hasattr(estimator, "theta_")

    def arrays(self, estimator):
        share = estimator.class_count_ / max(estimator.class_count_.sum(), 1e-300)
        square = estimator.var_ - estimator.epsilon_ + estimator.theta_**2
        return {
            "moments.0": share,
            "moments.1": share[:, None] * estimator.theta_,
            "moments.2": share[:, None] * square,
        }

    def write(self, estimator, arrays):
        share, first, second = (arrays["moments.{}".format(power)] for power in range(3))
        spread = second.sum(0) - first.sum(0) ** 2
        estimator.epsilon_ = estimator.var_smoothing * max(spread.max(), 0)
        present = np.where(share > 0, share, 1)[:, None]
        estimator.class_count_ = share.copy()
        estimator.theta_ = first / present
        estimator.var_ = np.maximum(second / present - estimator.theta_**2, 0) + estimator.epsilon_
        estimator.var_[share == 0] = 1
        if estimator.priors is None:
            estimator.class_prior_ = share / max(share.sum(), 1e-300)

    def begin(self, estimator):
        """Each round counts the node's data anew: added to the global counts they would weigh more each time."""
        estimator.class_count_ = np.zeros_like(estimator.class_count_)
        estimator.theta_, estimator.var_ = np.zeros_like(estimator.theta_), np.zeros_like(estimator.var_)

    def widen(self, estimator, own, all, base):
        for name in ("class_count_", "theta_", "var_"):
            setattr(estimator, name, classes.spread(getattr(estimator, name), own, all, None, 1))

    def narrow(self, estimator, own, all):
        at = classes.places(own, all)
        for name in ("class_count_", "theta_", "var_"):
            setattr(estimator, name, getattr(estimator, name)[at])


class Counts:
    """Multinomial, Bernoulli and complement naive Bayes: counts of classes and features for each example.

    `count.0` is one over the number of examples. Its mean tells how many a node has in the mean, which is what the
    smoothing `alpha` is weighed against, since a mean can't tell how many they are together.
    """

    starts_at_zero = False

    def is_fitted(self, estimator):
        return hasattr(estimator, "feature_count_")

    def arrays(self, estimator):
        total = max(estimator.class_count_.sum(), 1e-300)
        return {
            "count.0": np.asarray(1 / total),
            "count.1": estimator.class_count_ / total,
            "count.2": estimator.feature_count_ / total,
        }

    def write(self, estimator, arrays):
        total = 1 / max(float(arrays["count.0"]), 1e-300)
        estimator.class_count_ = arrays["count.1"] * total
        estimator.feature_count_ = arrays["count.2"] * total
        self._derive(estimator)

    def begin(self, estimator):
        """See `Moments.begin`."""
        estimator.class_count_ = np.zeros_like(estimator.class_count_)
        estimator.feature_count_ = np.zeros_like(estimator.feature_count_)

    def widen(self, estimator, own, all, base):
        for name in ("class_count_", "feature_count_"):
            setattr(estimator, name, classes.spread(getattr(estimator, name), own, all, None, 1))
        self._derive(estimator)

    def narrow(self, estimator, own, all):
        at = classes.places(own, all)
        for name in ("class_count_", "feature_count_"):
            setattr(estimator, name, getattr(estimator, name)[at])

    @staticmethod
    def _derive(estimator):
        with np.errstate(divide="ignore"):
            if hasattr(estimator, "feature_all_"):
                estimator.feature_all_ = estimator.feature_count_.sum(axis=0)
            estimator._update_feature_log_prob(estimator._check_alpha())
            if len(estimator.class_count_) == len(np.atleast_1d(estimator.class_log_prior_)) or not estimator.fit_prior:
                estimator._update_class_log_prior(class_prior=estimator.class_prior)
            else:
                estimator.class_log_prior_ = np.log(estimator.class_count_) - np.log(estimator.class_count_.sum())
