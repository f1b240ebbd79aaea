"""Estimators of scikit-learn, or of its form: their fitted coefficients."""

import sys

import numpy as np

from fedops_failures import StageError
from fedops_tensors import Tensor

# Attributes that are parameters: linear models, then multi-layer perceptrons.
LINEAR = ("coef_", "intercept_")
LAYERS = ("coefs_", "intercepts_")


class SklearnModels:
    kind = "a scikit-learn estimator"
    needs_fit = True

    def __init__(self, model):
        last = final(model)
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

    def is_fitted(self, model):
        return bool(arrays_of(final(model)))

    def is_model(self, value, model):
        return hasattr(value, "get_params") and hasattr(value, "fit") and not isinstance(value, type)

    def adopt(self, value, model):
        return value

    def capture(self, model):
        refuse_fitted_steps(model)
        last = final(model)
        arrays = arrays_of(last)
        if not arrays:
            raise StageError(
                "{} has none of coef_, intercept_, coefs_ and intercepts_ after it was fitted: what it learns can't be "
                "averaged".format(type(last).__name__)
            )
        return {name: Tensor.of(array, name) for name, array in arrays.items()}

    def restore(self, model, tensors):
        """Writes the values over the arrays that the estimator has, in place where it can, so that an optimiser that
        holds them sees the new ones."""
        last = final(model)
        for attribute in LINEAR + LAYERS:
            own = getattr(last, attribute, None)
            if own is None:
                continue
            if isinstance(own, list):
                for index, array in enumerate(own):
                    np.copyto(array, tensors["{}.{}".format(attribute, index)].array(array))
            elif isinstance(own, np.ndarray) and own.flags.writeable:
                np.copyto(own, tensors[attribute].array(own))
            else:
                value = tensors[attribute].array(np.asarray(own))
                setattr(last, attribute, value if isinstance(own, np.ndarray) else value[()])
        return model

    def initial(self, model, given):
        """The first global model of an estimator that was fitted only to learn its shapes: zeros for a linear model.

        Layers keep what this fit gave, since zeros can't be trained.
        """
        tensors = self.capture(model)
        if given or any(hasattr(final(model), attribute) for attribute in LAYERS):
            return tensors
        return {name: tensor.zeros() for name, tensor in tensors.items()}

    def forget(self, model):
        """Takes back what a fit for the shapes alone did to a linear model's counter of steps."""
        last = final(model)
        if hasattr(last, "t_") and not hasattr(last, "coefs_"):
            last.t_ = 1.0


def arrays_of(estimator):
    arrays = {}
    for attribute in LINEAR + LAYERS:
        value = getattr(estimator, attribute, None)
        if value is None:
            continue
        if isinstance(value, (list, tuple)):
            for index, array in enumerate(value):
                arrays["{}.{}".format(attribute, index)] = np.asarray(array)
        else:
            arrays[attribute] = np.asarray(value)
    return arrays


def final(model):
    """The estimator at the end of a pipeline, or the model itself."""
    while hasattr(model, "steps") and isinstance(model.steps, list) and model.steps:
        model = model.steps[-1][1]
    return model


def refuse_fitted_steps(model):
    for name, step in getattr(model, "steps", [])[:-1]:
        learned = [
            attribute
            for attribute, value in vars(step).items()
            if attribute.endswith("_") and not attribute.startswith("_") and is_float(value)
        ] if hasattr(step, "__dict__") else []
        if learned:
            raise StageError(
                "step {} of the pipeline ({}) learns {} from this node's data alone, so that nodes would not share one "
                "model: scale in the data stage by constants that all nodes have".format(
                    name, type(step).__name__, ", ".join(learned)
                )
            )


def is_float(value):
    return isinstance(value, np.ndarray) and value.dtype.kind == "f"
