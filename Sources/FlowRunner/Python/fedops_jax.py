"""Arrays of JAX: in pytrees of any types, in a TrainState of Flax, in modules of flax.nnx."""

import numbers
import sys

import numpy as np

from fedops_failures import StageError
from fedops_tensors import Tensor


def jax_models(model):
    """How the model's parameters go in and out, or None where it has no array of JAX."""
    jax = sys.modules.get("jax")
    if jax is None or isinstance(model, type):
        return None
    nnx = sys.modules.get("flax.nnx")
    if nnx is not None and isinstance(model, (nnx.Module, nnx.State)):
        return NnxModels()
    if is_train_state(model):
        return TrainStateModels()
    try:
        leaves = jax.tree_util.tree_leaves(model)
    except (TypeError, ValueError):
        return None
    return TreeModels() if any(isinstance(leaf, jax.Array) for leaf in leaves) else None


def is_train_state(model):
    """One of flax.training.train_state, or of its form: `params` and an optimizer's state beside them."""
    return all(hasattr(model, name) for name in ("params", "opt_state", "replace", "apply_fn"))


class TreeModels:
    """Any pytree; names are the keys, positions and attributes on the way to each array, joined by dots.

    What is no array or number in it, and keys of random numbers, stay with the node.
    """

    kind = "arrays of JAX"
    needs_fit = False

    def is_model(self, value, model):
        jax = sys.modules["jax"]
        try:
            return jax.tree_util.tree_structure(value) == jax.tree_util.tree_structure(model) and bool(shared(value))
        except (TypeError, ValueError):
            return False

    def adopt(self, value, model):
        return value

    def capture(self, model):
        tensors = {name: Tensor.of(np.asarray(leaf), name) for name, leaf in shared(model).items()}
        if not tensors:
            raise StageError("the model has no arrays")
        return tensors

    def restore(self, model, tensors):
        jax = sys.modules["jax"]
        paths, tree = jax.tree_util.tree_flatten_with_path(model)
        leaves = [
            put(tensors[name_of(path)], leaf) if is_array(leaf) else leaf
            for path, leaf in paths
        ]
        return jax.tree_util.tree_unflatten(tree, leaves)


class TrainStateModels(TreeModels):
    """Its `params`, and `batch_stats` where it has them; the optimizer's state and the step stay with the node."""

    kind = "a TrainState of Flax"

    def is_model(self, value, model):
        return is_train_state(value) or super().is_model(value, self._parts(model)["params"])

    def adopt(self, value, model):
        return value if is_train_state(value) else model.replace(params=value)

    def capture(self, model):
        return super().capture(self._parts(model))

    def restore(self, model, tensors):
        return model.replace(**super().restore(self._parts(model), tensors))

    @staticmethod
    def _parts(model):
        names = ("params", "batch_stats")
        return {name: getattr(model, name) for name in names if getattr(model, name, None) is not None}


class NnxModels:
    """Modules of flax.nnx, or a State of one: parameters, batch statistics and other variables by their paths.

    Streams of random numbers stay with the node.
    """

    kind = "a module of flax.nnx"
    needs_fit = False

    def is_model(self, value, model):
        nnx = sys.modules["flax.nnx"]
        return isinstance(value, (nnx.Module, nnx.State))

    def adopt(self, value, model):
        nnx = sys.modules["flax.nnx"]
        if isinstance(value, nnx.State) and isinstance(model, nnx.Module):
            nnx.update(model, value)
            return model
        return value

    def capture(self, model):
        tensors = {}
        for name, variable in self._variables(model).items():
            tensors[name] = Tensor.of(np.asarray(value_of(variable)), name)
        if not tensors:
            raise StageError("the module has no variables")
        return tensors

    def restore(self, model, tensors):
        for name, variable in self._variables(model).items():
            change(variable, put(tensors[name], value_of(variable)))
        return model

    def _variables(self, model):
        """Name to variable. Those of a module are its own objects, so that a change of one is one of the module."""
        nnx = sys.modules["flax.nnx"]
        state = model if isinstance(model, nnx.State) else nnx.variables(model) if hasattr(nnx, "variables") else None
        if state is None:
            state = nnx.state(model)
        found = {}
        for path, variable in nnx.to_flat_state(state):
            if not isinstance(variable, nnx.RngState) and is_array(value_of(variable)):
                found[".".join(map(str, path))] = variable
        return found


def value_of(variable):
    return variable.get_value() if hasattr(variable, "get_value") else getattr(variable, "value", variable)


def change(variable, value):
    variable.set_value(value) if hasattr(variable, "set_value") else setattr(variable, "value", value)


def shared(model):
    paths = sys.modules["jax"].tree_util.tree_flatten_with_path(model)[0]
    found = {}
    for path, leaf in paths:
        if not is_array(leaf):
            continue
        name = name_of(path)
        if name in found:
            raise StageError("two arrays of the model have the name {}".format(name))
        found[name] = leaf
    return found


def is_array(leaf):
    jax = sys.modules["jax"]
    if isinstance(leaf, jax.Array):
        return not jax.numpy.issubdtype(leaf.dtype, jax.dtypes.extended)
    return isinstance(leaf, (np.ndarray, np.generic, numbers.Real))


def name_of(path):
    steps = []
    for step in path:
        for attribute in ("key", "idx", "name"):
            if hasattr(step, attribute):
                steps.append(str(getattr(step, attribute)))
                break
        else:
            steps.append(str(step))
    return ".".join(steps) or "array"


def put(tensor, like):
    """The values as an array of the type that `like` has, on its devices."""
    jax = sys.modules["jax"]
    array = tensor.array(np.asarray(like))
    if isinstance(like, jax.Array):
        if len(like.devices()) == 1 and like.devices() == jax.numpy.zeros(0).devices():
            return jax.numpy.asarray(array)  # not bound to a device, as arrays of the default device are
        return jax.device_put(array, like.sharding)
    if isinstance(like, np.ndarray):
        return array
    return array[()] if isinstance(like, np.generic) else array.item()
