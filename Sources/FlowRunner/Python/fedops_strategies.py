"""What the flow's strategy asks of a node while it trains, done around the user's own train function.

For PyTorch it acts through a hook that runs before each step of every optimiser: FedProx and SCAFFOLD correct the
gradients of the model's parameters there, SCAFFOLD and FedNova count the steps. Other code has to do its part itself; where
neither happens the stage fails, so that nothing is averaged as if it had.
"""

import copy
import importlib
import os
import sys
import uuid

import numpy as np

import fedops_tensors as tensors
import fedops_xgboost as xgboost
from fedops_failures import StageError
from fedops_modules import is_module, is_trainer
from fedops_tensors import Tensor

PREFIX = "fedops:control:"
ID_KEY = "fedops:control"
NODES_KEY = "nodes"
# Control variates beside the one that the server counts on: of rounds that may still turn out to count.
SPARE = 4


def of(configuration):
    kinds = {"fedprox": FedProx, "fednova": FedNova, "scaffold": Scaffold, xgboost.STRATEGY: FedXgbBagging}
    return kinds.get(configuration["strategy"]["name"], Strategy)(configuration)


class Strategy:
    """One that asks nothing of the nodes."""

    # What train may take by name.
    words = ()

    def __init__(self, configuration):
        self.options = configuration["strategy"]["options"]

    def value(self, word, model):
        raise KeyError(word)

    def begin(self, kind, model, names, taken, control):
        """`names` are the shared tensors', `taken` those of `words` that train takes."""

    def end(self):
        """Training is over, be it well or not."""

    def result(self, result):
        """Tensors and metadata that go with the update, and the number of local steps."""
        return {}, {}, None


class FedProx(Strategy):
    """Adds mu * (w - w_global) to each gradient, which is the gradient of mu / 2 * |w - w_global|^2 (Li et al.,
    "Federated Optimization in Heterogeneous Networks", MLSys 2020, equation 2)."""

    words = ("mu", "proximal_mu", "global_model")

    def __init__(self, configuration):
        super().__init__(configuration)
        self.mu = float(self.options["mu"])
        self._hook = None

    def value(self, word, model):
        if word != "global_model":
            return self.mu
        duplicate = copy.deepcopy(model.model if is_trainer(model) else model)
        if is_module(duplicate):
            for parameter in duplicate.parameters():
                parameter.requires_grad_(False)
        return duplicate

    def begin(self, kind, model, names, taken, control):
        self._hook = None
        if "mu" in taken or "proximal_mu" in taken:
            return
        if not has_steps(kind):
            raise StageError(
                "strategy fedprox can't act here: {} is not trained by an optimiser of PyTorch. Let train take mu (and "
                "global_model) by name and add mu * (w - w_global) to its gradients, or use fedavg".format(kind.kind)
            )
        self._hook = StepHook(kind, model, names, self._correction)

    def _correction(self, name, parameter, start):
        return (parameter - start) * self.mu

    def end(self):
        if self._hook is not None:
            self._hook.remove()

    def result(self, result):
        if self._hook is not None:
            self._hook.check("fedprox", "or let train take mu by name and add mu * (w - w_global) itself")
        self._hook = None
        return super().result(result)


class FedXgbBagging(Strategy):
    """The nodes' new trees are appended to the global model (`flwr.serverapp.strategy.FedXgbBagging`). A train function
    that takes xgb_model by name is given the global booster."""

    words = ("xgb_model",)

    def value(self, word, model):
        return xgboost.booster_of(model) if xgboost.is_xgboost(model) else None


class FedNova(Strategy):
    """Tells the sum of the accumulation vector, |a_i|_1 (Wang et al., "Tackling the Objective Inconsistency Problem in
    Heterogeneous Federated Optimization", NeurIPS 2020, section 4): for SGD how often each gradient moved the model, momentum
    included, in units of the first learning rate; for other optimisers the number of steps."""

    def begin(self, kind, model, names, taken, control):
        self._kind = kind.kind
        self._hook = StepHook(kind, model, names) if has_steps(kind) else None

    def end(self):
        if self._hook is not None:
            self._hook.remove()

    def result(self, result):
        steps = result.metrics.pop("steps", None)
        if steps is None and self._hook is not None and self._hook.counts:
            steps = self._hook.accumulation()
        self._hook = None
        if steps is None:
            raise StageError(
                "strategy fednova divides by the number of local steps, and no optimiser of PyTorch stepped {}: give "
                'the number back as "steps" in a dictionary, or use fedavg'.format(self._kind)
            )
        if not steps >= 1:
            raise StageError("steps is {}: it has to be 1 or more".format(steps))
        return {}, {}, float(steps)


class Scaffold(Strategy):
    """Adds c - c_i to each gradient, and then takes c_i+ = c_i - c + (x - y_i) / (K * eta), option II of Karimireddy et
    al., "SCAFFOLD", ICML 2020, algorithm 1; K * eta is summed up over the steps, with momentum's share.

    The server's state says by an id which c_i of this node is part of its c, and training goes on from that one and no
    other: a round that failed, was fenced off or left this node out has changed nothing. A new c_i+ is written under an id of
    its own, durably, before the update can leave the node.
    """

    def __init__(self, configuration):
        super().__init__(configuration)
        self._node = configuration["node"]
        self._folder = os.path.join(configuration["stateFolder"], "scaffold")

    def begin(self, kind, model, names, taken, control):
        if not has_steps(kind):
            raise StageError(
                "strategy scaffold can't act here: it corrects each step of an optimiser of PyTorch, and the model is "
                "{}; use fedprox or fedavg".format(kind.kind)
            )
        self._server, nodes = {}, {}
        if control is not None:
            self._server, nodes = tensors.read(control), tensors.metadata(control, NODES_KEY)
        self._id = nodes.get(self._node)
        self._own = self._read(self._id)
        self._differences = {}
        self._hook = StepHook(kind, model, names, self._correction, sgd_only="scaffold")

    def _read(self, identifier):
        path = self._path(identifier) if identifier else None
        if path is None:
            return {}
        if not os.path.exists(path):
            print(
                "fedops: this node's control variate {}, which the server counts on, is not here; it starts from "
                "zeros".format(identifier),
                file=sys.stderr,
            )
            return {}
        return tensors.read(path)

    def _path(self, identifier):
        return os.path.join(self._folder, os.path.basename(identifier) + ".safetensors")

    def _correction(self, name, parameter, start):
        if name not in self._differences:
            difference = array_of(self._server.get(PREFIX + name)) - array_of(self._own.get(PREFIX + name))
            torch = sys.modules["torch"]
            tensor = torch.from_numpy(np.broadcast_to(difference, tuple(start.shape)).copy())
            self._differences[name] = tensor.to(device=parameter.device, dtype=parameter.dtype)
        difference = self._differences[name]
        return difference if difference.device == parameter.device else difference.to(parameter.device)

    def end(self):
        self._hook.remove()

    def result(self, result):
        self._hook.check("scaffold", "or use fedprox or fedavg")
        changes, own = {}, dict(self._own)
        for name, parameter, start, displacement in self._hook.moves():
            server, old = array_of(self._server.get(PREFIX + name)), array_of(self._own.get(PREFIX + name))
            moved = (start.double() - parameter.detach().to(start.device).double()).cpu().numpy()
            dtype = np.float64 if str(parameter.dtype) == "torch.float64" else np.float32
            new = np.asarray(old - server + moved / displacement).astype(dtype)
            own[PREFIX + name] = Tensor.of(new, name)
            changes[PREFIX + name] = Tensor.of((new - old).astype(dtype), name)
        self._hook = None
        identifier = uuid.uuid4().hex
        os.makedirs(self._folder, mode=0o700, exist_ok=True)
        tensors.write(self._path(identifier), own, durable=True)
        self._tidy({identifier, self._id})
        return changes, {ID_KEY: identifier}, None

    def _tidy(self, kept):
        names = [name for name in os.listdir(self._folder) if name.rpartition(".")[0] not in kept]
        paths = sorted((os.path.join(self._folder, name) for name in names), key=os.path.getmtime)
        for path in paths[: max(0, len(paths) - SPARE)]:
            os.unlink(path)


class StepHook:
    """Runs before each step that an optimiser of PyTorch takes on the model's shared parameters.

    Keeps a copy of these parameters as they were at the start, on their device.
    """

    def __init__(self, kind, model, names, correction=None, sgd_only=None):
        self._torch = sys.modules["torch"]
        self._correction = correction
        self._sgd_only = sgd_only
        self._parameters = {}
        self._starts = {}
        for name, tensor in kind.entries(model).tensors.items():
            is_parameter = isinstance(tensor, self._torch.nn.Parameter)
            if name in names and is_parameter and tensor.is_floating_point():
                self._parameters[id(tensor)] = (name, tensor)
                self._starts[name] = tensor.detach().clone()
        self.counts = {}
        self._mass = {}
        self._displacement = {}
        self._first_rate = {}
        module = importlib.import_module("torch.optim.optimizer")
        self._handle = module.register_optimizer_step_pre_hook(self._before)

    def remove(self):
        self._handle.remove()

    def check(self, strategy, alternative):
        if not self.counts:
            raise StageError(
                "strategy {} acts on each step of an optimiser of PyTorch, and none stepped a parameter of the model "
                "during train: train the model that it is given, in this process, {}".format(strategy, alternative)
            )

    def accumulation(self):
        """|a_i|_1 of the parameter that moved most often."""
        return max(
            self._displacement[name] / self._first_rate[name] if name in self._displacement else count
            for name, count in self.counts.items()
        )

    def moves(self):
        """Name, parameter, its value at the start, and the sum of learning rates that its gradients moved it by."""
        for name, parameter in self._parameters.values():
            if self._displacement.get(name, 0) > 0:
                yield name, parameter, self._starts[name], self._displacement[name]

    def _before(self, optimizer, args, kwargs):
        own = [
            (group, parameter, self._parameters[id(parameter)][0])
            for group in optimizer.param_groups
            for parameter in group["params"]
            if id(parameter) in self._parameters
        ]
        if not own:
            return None
        is_sgd = isinstance(optimizer, self._torch.optim.SGD)
        if self._sgd_only and not is_sgd:
            raise StageError(
                "strategy {} takes the step's size from torch.optim.SGD, and train uses {}: use SGD, or fedprox or "
                "fedavg".format(self._sgd_only, type(optimizer).__name__)
            )
        closure = args[1] if len(args) > 1 else kwargs.get("closure")
        if closure is None:
            self._step(optimizer, own, is_sgd)
            return None

        # The closure computes the gradients anew, as often as the optimiser likes.
        def corrected():
            loss = closure()
            self._step(optimizer, own, is_sgd)
            return loss

        if len(args) > 1:
            return (args[0], corrected, *args[2:]), kwargs
        return args, {**kwargs, "closure": corrected}

    def _step(self, optimizer, own, is_sgd):
        with self._torch.no_grad():
            for group, parameter, name in own:
                if parameter.grad is None:
                    continue
                self._correct(optimizer, group, parameter, name)
                self.counts[name] = self.counts.get(name, 0) + 1
                if is_sgd:
                    self._account(optimizer, group, parameter, name)

    def _correct(self, optimizer, group, parameter, name):
        if self._correction is None:
            return
        if parameter.grad.is_sparse:
            raise StageError("parameter {} has sparse gradients, which the strategy can't correct".format(name))
        if self._starts[name].device != parameter.device:
            self._starts[name] = self._starts[name].to(parameter.device)
        term = self._correction(name, parameter, self._starts[name])
        scale = getattr(optimizer, "grad_scale", None)  # a fused optimiser takes scaled gradients
        if scale is not None:
            term = term * scale
        parameter.grad.add_(term.to(parameter.grad.dtype), alpha=-1 if group.get("maximize") else 1)

    def _account(self, optimizer, group, parameter, name):
        """By how much the gradients of this round, each taken as one, have moved the parameter so far."""
        rate, momentum = float(group["lr"]), float(group.get("momentum", 0))
        moved = 1.0
        if momentum:
            is_first = optimizer.state[parameter].get("momentum_buffer") is None
            fresh = 1.0 if is_first else 1.0 - float(group.get("dampening", 0))
            mass = momentum * self._mass.get(name, 0.0) + fresh
            self._mass[name] = mass
            moved = 1.0 + momentum * mass if group.get("nesterov") else mass
        self._first_rate.setdefault(name, rate if rate > 0 else 1.0)
        self._displacement[name] = self._displacement.get(name, 0.0) + rate * moved


def has_steps(kind):
    """Whether optimisers of PyTorch may step it, and its tensors have names."""
    return hasattr(kind, "entries")


def array_of(tensor):
    """As doubles; zero, which goes with every shape, where there is none."""
    if tensor is None:
        return np.float64(0)
    return tensor.data.view(tensors.NUMPY[tensor.dtype]).reshape(tensor.shape).astype(np.float64)
