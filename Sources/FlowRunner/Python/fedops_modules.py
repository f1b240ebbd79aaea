"""The tensors of a module of PyTorch by names that are the same on every node."""

import sys

# Modules that wrap another one, by the attribute that has it: what a node wraps a module in is its own matter.
WRAPPERS = {"DataParallel": "module", "DistributedDataParallel": "module", "OptimizedModule": "_orig_mod"}


def is_trainer(value):
    """Whether it is a Trainer of Hugging Face, which holds a module and all that it is trained with."""
    trainer = sys.modules.get("transformers.trainer")
    return trainer is not None and isinstance(value, trainer.Trainer)


def is_module(value):
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.nn.Module)


def module_of(value):
    """The module itself, of a trainer's too, without what wraps it."""
    module = value.model if is_trainer(value) else value
    while wrapped(module) is not None:
        module = wrapped(module)
    return module


def wrapped(module):
    """The module inside of a wrapper of PyTorch's own, else None. By the class: a user's module may have a `module`."""
    for base in type(module).__mro__:
        if base.__name__ in WRAPPERS and base.__module__.startswith("torch."):
            return getattr(module, WRAPPERS[base.__name__])
    return None


class Entries:
    """The state dictionary of a module, each tensor of it once, as the module itself holds it.

    - `tensors`: name to tensor, in the module's order. Wrappers such as those of `torch.compile` leave no trace in names.
    - `keys`: name to the key in the state dictionary.
    - `aliases`: name to the name of the same tensor that came first: weights that are tied are one tensor.
    - `extra`: keys of what is no tensor, such as a module's extra state.
    """

    def __init__(self, module):
        torch = sys.modules["torch"]
        self.module = module
        self.state = module.state_dict(keep_vars=True)
        self.tensors, self.keys, self.aliases, self.extra = {}, {}, {}, []
        prefixes = wrapper_prefixes(module)
        first = {}
        for key, tensor in self.state.items():
            if not isinstance(tensor, torch.Tensor):
                self.extra.append(key)
                continue
            name = plain(key, prefixes)
            if id(tensor) in first:
                self.aliases[name] = first[id(tensor)]
                continue
            first[id(tensor)] = name
            self.tensors[name], self.keys[name] = tensor, key

    def own(self):
        """Ids of the tensors that the module holds; others in its state dictionary are made for it when asked."""
        return {id(tensor) for tensor in self.module.parameters()} | {id(tensor) for tensor in self.module.buffers()}


def wrapper_prefixes(module):
    """Prefixes of keys that wrappers inside of the module make, each with what stands in its place, inner ones first."""
    prefixes = []
    for path, part in module.named_modules(remove_duplicate=False):
        if wrapped(part) is not None:
            attribute = next(WRAPPERS[base.__name__] for base in type(part).__mro__ if base.__name__ in WRAPPERS)
            outer = path + "." if path else ""
            prefixes.append((outer + attribute + ".", outer))
    return sorted(prefixes, key=lambda pair: -len(pair[0]))


def plain(key, prefixes):
    for prefix, outer in prefixes:
        if key.startswith(prefix):
            key = outer + key[len(prefix) :]
    return key
