"""Train and evaluate for projects that have a module of PyTorch and loaders, and their training loop inline."""

import collections.abc
import difflib

import torch
from torch.utils.data import DataLoader, Dataset

from fedops_failures import StageError

TARGETS = ("labels", "label", "targets", "target", "y")


def fit(
    model,
    train_loader,
    epochs=1,
    loss="cross_entropy",
    optimizer="SGD",
    rate=0.01,
    momentum=0.0,
    weight_decay=0.0,
    batch=32,
    device=None,
):
    """`epochs` passes of an optimiser of torch.optim over the loader.

    `loss` is a function of torch.nn.functional by its name, or any function of outputs and targets; `optimizer` a class of
    torch.optim by its name; `rate` its learning rate. Of a batch the last part, or the one called `labels` or the like, are
    the targets. A data set in place of a loader is shuffled into batches of `batch`. Gives the last pass's mean loss.
    """
    module, device = placed(model, device)
    loader = loader_of(train_loader, batch, shuffle=True)
    function = loss_of(loss)
    options = {"lr": rate, "weight_decay": weight_decay}
    if momentum:
        options["momentum"] = momentum
    parameters = [parameter for parameter in module.parameters() if parameter.requires_grad]
    steps = named(torch.optim, optimizer, "optimizer")(parameters, **options)
    module.train()
    for _ in range(epochs):
        total, count = 0.0, 0
        for content in loader:
            inputs, targets = parts(content, device)
            steps.zero_grad()
            value = function(call(module, inputs), targets)
            value.backward()
            steps.step()
            total += float(value.detach()) * len(targets)
            count += len(targets)
    if count == 0:
        raise StageError("train_loader gave no batch")
    return {"loss": total / count, "examples": count}


def evaluate(model, test_loader, loss="cross_entropy", batch=256, device=None):
    """The mean loss over the loader, and the accuracy where the targets are classes."""
    module, device = placed(model, device)
    function = loss_of(loss)
    total, right, count, classes = 0.0, 0, 0, True
    module.eval()
    with torch.no_grad():
        for content in loader_of(test_loader, batch, shuffle=False):
            inputs, targets = parts(content, device)
            outputs = call(module, inputs)
            total += float(function(outputs, targets)) * len(targets)
            count += len(targets)
            classes = classes and not targets.is_floating_point() and outputs.dim() == targets.dim() + 1
            if classes:
                # Of pictures and sequences each place counts.
                right += float((outputs.argmax(1) == targets).float().mean()) * len(targets)
    if count == 0:
        raise StageError("test_loader gave no batch")
    metrics = {"loss": total / count, "examples": count}
    return {"accuracy": right / count, **metrics} if classes else metrics


def placed(model, device):
    """The model on the device that is asked for, else where its parameters are."""
    if device is not None:
        return model.to(device), torch.device(device)
    return model, next((tensor.device for tensor in model.parameters()), torch.device("cpu"))


def loader_of(value, batch, shuffle):
    return DataLoader(value, batch, shuffle=shuffle) if isinstance(value, Dataset) else value


def parts(content, device):
    """Inputs, as a tuple or a dictionary, and targets."""
    if isinstance(content, collections.abc.Mapping):
        inputs = {key: move(value, device) for key, value in content.items()}
        for key in TARGETS:
            if key in inputs:
                return {other: value for other, value in inputs.items() if other != key}, inputs[key]
        raise StageError("a batch has the parts {}; one of {} is needed".format(", ".join(inputs), ", ".join(TARGETS)))
    if not isinstance(content, (tuple, list)) or len(content) < 2:
        raise StageError("a batch is {}; inputs and targets are needed".format(type(content).__name__))
    *inputs, targets = (move(value, device) for value in content)
    return tuple(inputs), targets


def move(value, device):
    return value.to(device) if hasattr(value, "to") else value


def call(module, inputs):
    outputs = module(**inputs) if isinstance(inputs, dict) else module(*inputs)
    outputs = getattr(outputs, "logits", outputs)
    return outputs[0] if isinstance(outputs, (tuple, list)) else outputs


def loss_of(loss):
    return named(torch.nn.functional, loss, "loss") if isinstance(loss, str) else loss


def named(module, name, what):
    found = getattr(module, name, None) if isinstance(name, str) and not name.startswith("_") else None
    if not callable(found):
        known = [key for key in vars(module) if not key.startswith("_")]
        near = [key for key in known if key.lower() == str(name).lower()]
        near = near or difflib.get_close_matches(str(name), known, 1, 0.5)
        hint = "; did you mean {}?".format(near[0]) if near else ""
        raise StageError("{}: {} has no {!r:.80}{}".format(what, module.__name__, name, hint))
    return found
