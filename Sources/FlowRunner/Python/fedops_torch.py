"""PyTorch modules: their state dictionary, in its order, buffers included."""

import collections.abc
import sys

import numpy as np

from fedops_failures import StageError
from fedops_tensors import Tensor

DTYPES = {
    "float64": "F64", "float32": "F32", "float16": "F16", "bfloat16": "BF16", "int64": "I64", "int32": "I32",
    "int16": "I16", "int8": "I8", "uint64": "U64", "uint32": "U32", "uint16": "U16", "uint8": "U8", "bool": "BOOL",
}  # fmt: skip


class TorchModels:
    kind = "a torch.nn.Module"
    needs_fit = False

    def __init__(self, model):
        self._torch = sys.modules["torch"]

    def is_model(self, value, model):
        """A module, or the state dictionary of one like the model."""
        if isinstance(value, self._torch.nn.Module):
            return True
        return (
            isinstance(value, collections.abc.Mapping)
            and list(value) == list(model.state_dict())
            and all(isinstance(tensor, self._torch.Tensor) for tensor in value.values())
        )

    def adopt(self, value, model):
        """The model to go on with, when train gave `value` back."""
        if isinstance(value, self._torch.nn.Module):
            return value
        model.load_state_dict(value, strict=True)
        return model

    def capture(self, model):
        tensors = {}
        for name, tensor in model.state_dict().items():
            if not isinstance(tensor, self._torch.Tensor):
                continue  # a module's extra state, which stays with the node
            tensors[name] = self._of(tensor, name)
        return tensors

    def restore(self, model, tensors):
        """Copies the values into the module's own tensors, which keep their device."""
        own = model.state_dict()
        values = {}
        for name, tensor in own.items():
            if not isinstance(tensor, self._torch.Tensor):
                values[name] = tensor
                continue
            flat = self._torch.from_numpy(tensors[name].data.copy())
            values[name] = flat.view(tensor.dtype).reshape(tensor.shape)
        model.load_state_dict(values, strict=True)
        return model

    def _of(self, tensor, name):
        dtype = DTYPES.get(str(tensor.dtype).replace("torch.", ""))
        if dtype is None or tensor.layout != self._torch.strided:
            raise StageError(
                "{} has the dtype {} and layout {}, which a model file can't hold".format(
                    name, tensor.dtype, tensor.layout
                )
            )
        if isinstance(tensor, self._torch.nn.parameter.UninitializedTensorMixin):
            raise StageError(
                "{} has no shape yet: let the model stage send a batch through its lazy modules".format(name)
            )
        flat = tensor.detach().cpu().contiguous().reshape(-1).view(self._torch.uint8).numpy()
        return Tensor(dtype, tensor.shape, np.array(flat, copy=True))
