"""PyTorch modules: their state dictionary, buffers included, tensor by tensor and in place."""

import collections.abc
import sys

import numpy as np

import fedops_tensors as files
from fedops_failures import StageError
from fedops_modules import Entries, is_module, is_trainer, module_of
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
        self._told = set()
        entries = self.entries(model)
        # What the model stage gave decides over what training makes of it.
        self._dtypes = {name: tensor.dtype for name, tensor in entries.tensors.items()}
        for key in entries.extra:
            self._tell("{} is no tensor: it isn't shared, and lasts as long as the worker".format(key))

    def entries(self, model):
        return Entries(module_of(model))

    def is_model(self, value, model):
        """A module, a trainer, or the state dictionary of one like the model."""
        if is_module(value) or is_trainer(value):
            return True
        if not isinstance(value, collections.abc.Mapping) or not value:
            return False
        entries = self.entries(model)
        known = {*entries.tensors, *entries.keys.values()}
        return all(isinstance(tensor, self._torch.Tensor) for tensor in value.values()) and (
            2 * len(known.intersection(value)) > min(len(value), len(entries.tensors))
        )

    def adopt(self, value, model):
        """The model to go on with, when train gave `value` back."""
        if is_module(value) or is_trainer(value):
            if module_of(value) is module_of(model):
                return model  # perhaps wrapped, in which case the next round would wrap it again
            if is_trainer(model) and is_module(value):
                model.model = value
                return model
            return value
        entries = self.entries(model)
        names = {key: name for name, key in entries.keys.items()}
        given = {}
        for key, tensor in value.items():
            name = names.get(key, key)
            if name in entries.tensors or (key not in entries.state and name not in entries.aliases):
                given[name] = self.of(tensor, name)
        texts = files.differences(given, self.capture(model))
        if texts:
            raise StageError("the state dictionary that train gave back differs from the model: " + "; ".join(texts[:5]))
        return self.restore(model, given)

    def capture(self, model):
        """The tensors by name. Of those in the CPU's memory nothing is copied; of others one at a time, when written."""
        return {name: self.of(tensor, name) for name, tensor in self.entries(model).tensors.items()}

    def restore(self, model, tensors):
        """Copies the values into the module's own tensors, which stay where they are: on their device, tied to others,
        and known to an optimiser. A dtype that training changed goes back to that of the model stage."""
        entries = self.entries(model)
        own, made = entries.own(), {}
        with self._torch.no_grad():
            for name, tensor in entries.tensors.items():
                value = tensors[name]
                if isinstance(value, ModuleTensor) and value.tensor is tensor:
                    continue
                if id(tensor) in own:
                    self._copy(tensor, name, value)
                else:
                    made[name] = self.tensor(value)
            if made:
                self.load(entries, made)
        return model

    def load(self, entries, made):
        """Gives the module tensors that its state dictionary has and that are none of its own."""
        state = dict(entries.state)
        state.update({entries.keys[name]: tensor for name, tensor in made.items()})
        entries.module.load_state_dict(state, strict=True)

    def tensor(self, value):
        """A tensor of PyTorch with a copy of the bytes."""
        dtype = next(getattr(self._torch, name) for name, code in DTYPES.items() if code == value.dtype)
        buffer = np.empty(value.nbytes, np.uint8)
        value.into(buffer)
        return self._torch.from_numpy(buffer).view(dtype).reshape(value.shape)

    def local(self, model, group):
        """Names of the tensors of a group that `share` may keep on the node."""
        entries = self.entries(model)
        if group == "buffers":
            chosen = {id(tensor) for tensor in entries.module.buffers()}
        else:
            norm = self._torch.nn.modules.batchnorm._BatchNorm
            chosen = set()
            for part in entries.module.modules():
                if isinstance(part, norm):
                    chosen |= {id(tensor) for tensor in [*part.parameters(), *part.buffers()]}
        return {name for name, tensor in entries.tensors.items() if id(tensor) in chosen}

    def aliases(self, model):
        return self.entries(model).aliases

    def _copy(self, tensor, name, value):
        dtype = self._dtypes.get(name, tensor.dtype)
        if tensor.dtype != dtype:
            tensor.data = tensor.data.to(dtype)
            tensor.grad = None
        if tensor.device.type == "cpu" and tensor.is_contiguous() and tensor.numel():
            value.into(tensor.detach().reshape(-1).view(self._torch.uint8).numpy())
        else:
            tensor.copy_(self.tensor(value))

    def of(self, tensor, name):
        """The tensor as it is to be written."""
        if isinstance(tensor, self._torch.nn.parameter.UninitializedTensorMixin):
            raise StageError(
                "{} has no shape yet: let the model stage send a batch through its lazy modules".format(name)
            )
        if tensor.layout != self._torch.strided or str(tensor.dtype).replace("torch.", "") not in DTYPES:
            raise StageError(
                "{} has the dtype {} and layout {}, which a model file can't hold".format(
                    name, tensor.dtype, tensor.layout
                )
            )
        if tensor.device.type == "meta":
            raise StageError("{} is on the device meta, where it has no values: let the model stage load it".format(name))
        dtype = self._dtypes.get(name, tensor.dtype)
        if dtype != tensor.dtype:
            if not (dtype.is_floating_point and tensor.dtype.is_floating_point):
                dtype = tensor.dtype  # refused, with the difference
            else:
                self._tell("training left {} where {} was: rounded back to it".format(tensor.dtype, dtype))
        return ModuleTensor(self._torch, tensor, dtype)

    def _tell(self, text):
        if text not in self._told:
            self._told.add(text)
            print("fedops: " + text, file=sys.stderr)


class ModuleTensor(Tensor):
    """A tensor of PyTorch, wherever it is, whose bytes are made when asked for."""

    __slots__ = ("_torch", "tensor", "_as")

    def __init__(self, torch, tensor, dtype):
        self.dtype = DTYPES[str(dtype).replace("torch.", "")]
        self.shape = tuple(tensor.shape)
        self._torch, self.tensor, self._as = torch, tensor, dtype

    @property
    def data(self):
        """In the CPU's memory and of its own dtype it is the tensor's own memory, else a copy."""
        tensor = self.tensor.detach().to(self._as).cpu().contiguous()
        return tensor.reshape(-1).view(self._torch.uint8).numpy()
