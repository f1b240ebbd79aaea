"""Estimators of scikit-learn, or of its form: what they have learned, as arrays that can be averaged.

Classifiers also share their classes, so that nodes whose data lack some are put in order, and never averaged by position.
"""

import sys

import numpy as np

import fedops_sklearn_classes as classes
from fedops_failures import StageError
from fedops_sklearn_kinds import family_of
from fedops_sklearn_steps import refuse_fitted_steps
from fedops_tensors import Tensor

CLASSES = "classes_"


class SklearnModels:
    kind = "a scikit-learn estimator"
    needs_fit = True
    shapes_hint = (
        "; when this node's data lack classes, name all of them in the flow's settings, such as classes: [0, 1, 2], or "
        "pass them to partial_fit(…, classes=…)"
    )

    def __init__(self, model, settings=None):
        last = final(model)
        self._family = family_of(last)
        if getattr(last, "average", False) and hasattr(last, "partial_fit"):
            raise StageError(
                "{}(average=…) keeps coefficients of its own beside coef_: leave average off, "
                "the rounds average".format(type(last).__name__)
            )
        if getattr(last, "warm_start", True) is False and not hasattr(last, "partial_fit"):
            print(
                "fedops: {}.fit starts anew each time: set warm_start=True, so that training starts from the global "
                "model".format(type(last).__name__),
                file=sys.stderr,
            )
        named = (settings or {}).get("classes")
        # All classes of the task; None while only this node's are known.
        self._all = classes.sorted_of(named) if isinstance(named, (list, tuple)) and named else None
        self._own = None  # this node's, where they are fewer
        self._shares_classes = True
        self._base = {}

    def is_fitted(self, model):
        return self._family.is_fitted(final(model))

    def is_model(self, value, model):
        return hasattr(value, "get_params") and hasattr(value, "fit") and not isinstance(value, type)

    def adopt(self, value, model):
        return value

    def meet(self, model, wanted):
        """Learns from the global model which classes there are, before anything is compared with it."""
        self._shares_classes = CLASSES in wanted
        if self._shares_classes:
            self._all = classes.decode(wanted[CLASSES])

    def prepare(self, model):
        """Before training: an estimator whose data lack classes has those of the data only, as its `fit` made it."""
        last = final(model)
        if self._own is not None:
            self._family.narrow(last, self._own, self._all)
            classes.put(last, self._own)
        self._family.begin(last)

    def capture(self, model):
        refuse_fitted_steps(model)
        last = final(model)
        if not self._family.is_fitted(last):
            raise StageError(
                "{} has none of coef_, intercept_, coefs_ and intercepts_ after it was fitted: what it learns can't be "
                "averaged".format(type(last).__name__)
            )
        self._widen(last)
        arrays = self._family.arrays(last)
        tensors = {name: Tensor.of(array, name) for name, array in arrays.items()}
        if classes.of(last) is not None and self._shares_classes:
            tensors[CLASSES] = Tensor.of(classes.encode(classes.of(last)), CLASSES)
        return tensors

    def restore(self, model, tensors):
        last = final(model)
        self._base = {
            name: tensors[name].array(np.asarray(array)) for name, array in self._family.arrays(last).items()
        }
        self._family.write(last, self._base)
        return model

    def initial(self, model, given):
        """The first global model of an estimator that was fitted only to learn its shapes: zeros for a linear model.

        Layers keep what this fit gave, since zeros can't be trained, and so do counts of the data.
        """
        tensors = self.capture(model)
        if given or not self._family.starts_at_zero:
            return tensors
        return {name: tensor if name == CLASSES else tensor.zeros() for name, tensor in tensors.items()}

    def forget(self, model):
        """Takes back what a fit for the shapes alone did to a linear model's counter of steps."""
        last = final(model)
        if hasattr(last, "t_") and not hasattr(last, "coefs_"):
            last.t_ = 1.0

    def _widen(self, last):
        """Gives the estimator all classes; of those that this node lacks it has what the global model has."""
        own = classes.of(last)
        if own is None or self._all is None or own.tolist() == self._all.tolist():
            return
        unknown = [name for name in own.tolist() if name not in self._all.tolist()]
        if unknown:
            raise StageError(
                "this node's data have the class{} {}, which the global model has not (it has {}): name all of them in "
                "the flow's settings, such as classes: [{}]".format(
                    "es" if len(unknown) > 1 else "",
                    short(unknown),
                    short(self._all.tolist()),
                    short(sorted(set(self._all.tolist()) | set(unknown), key=str)),
                )
            )
        self._own = own
        self._family.widen(last, own, self._all, self._base)
        classes.put(last, self._all)


def short(values):
    return ", ".join(map(str, values[:20])) + (" …" if len(values) > 20 else "")


def final(model):
    """The estimator at the end of a pipeline, or the model itself."""
    while hasattr(model, "steps") and isinstance(model.steps, list) and model.steps:
        model = model.steps[-1][1]
    return model
