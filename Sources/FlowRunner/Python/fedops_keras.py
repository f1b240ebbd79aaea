"""Models of Keras: their weights in the order of `model.weights`, trainable or not, under any backend.

`weights` has no states of seed generators, metrics or optimizers: those stay with the node.
"""

import re
import sys

import numpy as np

from fedops_failures import StageError
from fedops_tensors import Tensor

COUNTER = re.compile(r"_\d+$")


def is_keras(model):
    keras = sys.modules.get("keras")
    kind = getattr(keras, "Model", None)
    return kind is not None and isinstance(model, kind)


class KerasModels:
    kind = "a Keras model"
    # A model without an Input gets its weights when it first sees data.
    needs_fit = True

    def is_fitted(self, model):
        return bool(model.weights)

    def meet(self, model, wanted):
        pass

    def prepare(self, model):
        pass

    def forget(self, model):
        pass

    def initial(self, model, given):
        return self.capture(model)

    def is_model(self, value, model):
        """A model, or a list of arrays as `get_weights` gives it."""
        if is_keras(value):
            return True
        shapes = [tuple(weight.shape) for weight in model.weights]
        return (
            isinstance(value, list)
            and all(isinstance(array, np.ndarray) for array in value)
            and [array.shape for array in value] == shapes
        )

    def adopt(self, value, model):
        if is_keras(value):
            return value
        model.set_weights(value)
        return model

    def capture(self, model):
        if not model.weights:
            raise StageError("the model has no weights: give it layers and an Input")
        return {name: Tensor.of(plain(weight), name) for name, weight in named(model).items()}

    def restore(self, model, tensors):
        for name, weight in named(model).items():
            weight.assign(tensors[name].array(plain(weight)))
        return model


def named(model):
    """Position and path, such as `2.dense.kernel`. The numbers that Keras counts its layers of a kind by are left out:
    they tell how many the process has made before, which differs from node to node."""
    names = {}
    for position, weight in enumerate(model.weights):
        steps = getattr(weight, "path", weight.name).split(":")[0].split("/")
        if len(steps) > 1 and steps[0] == model.name:
            steps = steps[1:]
        names[".".join([str(position), *(COUNTER.sub("", step) for step in steps)])] = weight
    return names


def plain(weight):
    keras = sys.modules["keras"]
    if hasattr(keras, "ops"):
        return np.asarray(keras.ops.convert_to_numpy(weight))
    return weight.numpy()  # Keras 2
