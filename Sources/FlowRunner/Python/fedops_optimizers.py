"""Optimisers whose state lasts from round to round, though the user's code makes them anew in each."""

import json
import numbers
import sys

from fedops_failures import StageError


class KeptOptimizers:
    """Sees each optimiser of PyTorch before its first step, and gives it the state that its like had last.

    An optimiser is known again by its class and the names of its parameters. Its hyperparameters are those of the code:
    only what it keeps for each parameter (momentum, second moments, counts of steps) comes back. One that stepped in an
    earlier round of this process, `known`, is left alone, since the code keeps it itself. That it has a state by then
    tells nothing: some have one from the start.
    """

    def __init__(self, kind, model, tensors, description, known):
        self._kind, self._known = kind, known
        self._names = {id(tensor): name for name, tensor in kind.entries(model).tensors.items()}
        self._latest = {}  # by class and names; of several in turn the last, so that the rest can go
        self._stored, self._shapes = {}, {}
        for index, entry in enumerate(json.loads(description)):
            states = {name: dict(entry["numbers"].get(name, {})) for name in entry["names"]}
            self._shapes.update(entry["shapes"])
            for key in entry["keys"]:
                for name in entry["names"]:
                    tensor = tensors.get("optimizer/{}/{}/{}".format(index, key, name))
                    if tensor is not None:
                        states[name][key] = tensor
            self._stored[(entry["class"], tuple(entry["names"]))] = states

    def __enter__(self):
        register = getattr(sys.modules.get("torch.optim.optimizer"), "register_optimizer_step_pre_hook", None)
        if register is None:
            raise StageError("share.optimizer: kept needs PyTorch 2.1 or later")
        self._hook = register(self._before_step)
        return self

    def __exit__(self, *_):
        self._hook.remove()

    def _before_step(self, optimizer, *_):
        if any(latest is optimizer for latest in self._latest.values()):
            return
        key = (type(optimizer).__name__, tuple(name for _, name in self._parameters(optimizer)))
        if not key[1]:
            raise StageError(
                "share.optimizer: {} steps no parameter of the model, but a copy's or another module's, whose states "
                "have no names here; set optimizer: fresh, or train the model that the stage is given".format(key[0])
            )
        self._latest[key] = optimizer
        stored = self._stored.pop(key, None)
        if optimizer in self._known:
            return
        self._known.add(optimizer)
        if stored is None:
            return
        content = optimizer.state_dict()
        names = {id(parameter): name for parameter, name in self._parameters(optimizer)}
        for group, packed in zip(optimizer.param_groups, content["param_groups"]):
            for parameter, index in zip(group["params"], packed["params"]):
                name = names.get(id(parameter))
                state = stored.get(name)
                # Of another revision's parameter of the same name there may be another shape.
                if state and self._shapes[name] == list(parameter.shape):
                    content["state"][index] = {key: self._value(value) for key, value in state.items()}
        optimizer.load_state_dict(content)

    def states(self):
        """The tensors of all states, and what else there is to know of them, once training is over."""
        if not self._latest:
            raise StageError(
                "share.optimizer is kept, but train stepped no optimiser of torch.optim: set it to fresh; what another "
                "kind of optimiser keeps can't be seen"
            )
        tensors, description = {}, []
        for index, ((kind, names), optimizer) in enumerate(self._latest.items()):
            keys, plain, shapes = {}, {}, {}
            for parameter, name in self._parameters(optimizer):
                shapes[name] = list(parameter.shape)
                for key, value in optimizer.state.get(parameter, {}).items():
                    if isinstance(value, sys.modules["torch"].Tensor):
                        where = "optimizer/{}/{}/{}".format(index, key, name)
                        tensors[where] = self._kind.of(value, where)
                        keys[key] = None
                    elif value is None or isinstance(value, numbers.Real):
                        plain.setdefault(name, {})[key] = value
                    else:
                        raise StageError(
                            "share.optimizer: {} keeps {} as a {}, which has no place in a file of tensors; set "
                            "optimizer: fresh".format(kind, key, type(value).__name__)
                        )
            description.append(
                {"class": kind, "names": names, "shapes": shapes, "keys": list(keys), "numbers": plain}
            )
        return tensors, description

    def _parameters(self, optimizer):
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                if id(parameter) in self._names:
                    yield parameter, self._names[id(parameter)]

    def _value(self, value):
        return self._kind.tensor(value) if hasattr(value, "into") else value
