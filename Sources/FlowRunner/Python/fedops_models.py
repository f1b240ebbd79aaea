"""What counts as a model, and how its parameters go in and out: one class for each kind."""

import collections.abc
import numbers

import numpy as np

from fedops_failures import StageError
from fedops_jax import jax_models
from fedops_keras import KerasModels, is_keras
from fedops_modules import is_module, is_trainer, module_of
from fedops_peft import PeftModels, is_peft
from fedops_sklearn import SklearnModels
from fedops_tensors import Tensor
from fedops_torch import TorchModels
from fedops_xgboost import TreeModels, is_xgboost


def kind_of(model, settings=None):
    if is_keras(model):  # first: with the backend torch it is a module too
        return KerasModels()
    if is_module(model) or is_trainer(model):
        return PeftModels(model) if is_peft(module_of(model)) else TorchModels(model)
    if is_xgboost(model):  # before estimators, of whose form its own are
        return TreeModels()
    if hasattr(model, "get_params") and hasattr(model, "fit") and not isinstance(model, type):
        return SklearnModels(model, settings)
    of_jax = jax_models(model)
    if of_jax is not None:
        return of_jax
    if isinstance(model, (np.ndarray, np.generic, list, tuple, collections.abc.Mapping)):
        return ArrayModels(model)
    raise StageError(
        "the model stage gave {}; a model is a torch.nn.Module, a scikit-learn estimator, a Keras model, a booster or "
        "estimator of XGBoost, a pytree or module of JAX and Flax, or arrays of NumPy in lists, tuples and dictionaries".format(a_type(model))
    )


def a_type(value):
    name = type(value).__name__
    return "None" if value is None else "a value of type {}".format(name)


class ArrayModels:
    """Arrays in nested lists, tuples and dictionaries; names are the keys and positions, joined by dots."""

    kind = "arrays of NumPy"
    needs_fit = False

    def __init__(self, model):
        self.capture(model)

    def is_model(self, value, model):
        try:
            return list(flatten(value)) == list(flatten(model))
        except StageError:
            return False

    def adopt(self, value, model):
        return value

    def capture(self, model):
        tensors = {name: Tensor.of(array, name) for name, array in flatten(model).items()}
        if not tensors:
            raise StageError("the model has no arrays")
        return tensors

    def restore(self, model, tensors):
        """A structure of the same types with new arrays."""
        return rebuild(model, tensors, "")


def flatten(value, prefix=""):
    """Name to array, in order. A model that is one array has the name `array`."""
    if isinstance(value, collections.abc.Mapping):
        items = [(str(key), item) for key, item in value.items()]
    elif isinstance(value, (list, tuple)):
        items = [(str(index), item) for index, item in enumerate(value)]
    elif isinstance(value, (np.ndarray, np.generic)) or is_number(value):
        return {prefix or "array": np.asarray(value)}
    else:
        raise StageError("{} of the model is {}, not an array".format(prefix or "the whole", a_type(value)))
    arrays = {}
    for key, item in items:
        for name, array in flatten(item, prefix + "." + key if prefix else key).items():
            if name in arrays:
                raise StageError("two arrays of the model have the name {}".format(name))
            arrays[name] = array
    return arrays


def rebuild(value, tensors, prefix):
    def child(key, item):
        return rebuild(item, tensors, prefix + "." + str(key) if prefix else str(key))

    if isinstance(value, collections.abc.Mapping):
        changed = {key: child(key, item) for key, item in value.items()}
        return changed if type(value) is dict else type(value)(changed)
    if isinstance(value, (list, tuple)):
        changed = [child(index, item) for index, item in enumerate(value)]
        return type(value)(*changed) if hasattr(value, "_fields") else type(value)(changed)
    array = tensors[prefix or "array"].array(np.asarray(value))
    if isinstance(value, np.generic):
        return array[()]
    return array.item() if is_number(value) else array


def is_number(value):
    return isinstance(value, numbers.Real)
