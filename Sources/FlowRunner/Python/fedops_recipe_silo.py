"""The four stages of a FedOps Silo project: what its client_main.py would call, with the arguments of its conf/config.yaml.

Such a project has `models.py` with `train_torch()` and `test_torch()`, which give the functions that train and test, and
`data_preparation.py` with `load_partition(dataset, validation_split, batch_size)`. https://github.com/gachon-CCLab/FedOps
"""

import collections.abc
import importlib
import inspect
import random
import sys

import numpy as np

from fedops_failures import StageError
from fedops_names import bring, load, nearest

configurations = bring("silo_config")
CONFIG = "conf/config.yaml"
LOADERS = {3: ("train_loader", "val_loader", "test_loader"), 2: ("train_loader", "test_loader")}
made = {}


def data(settings, labels, config=CONFIG, **arguments):
    """What `load_partition` gives, by the names of its loaders.

    Its parameters come from `with:`, then from the node's labels, then from the configuration: `dataset` is
    `dataset.name` there, and the others are looked for at its top and under `dataset`.
    """
    cfg = configurations.read(config, settings)
    seed(cfg)
    function = attribute("data_preparation", "load_partition")
    given = dict(arguments)
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD) or parameter.name in given:
            continue
        found = argument(parameter.name, cfg, labels)
        if found is not missing:
            given[parameter.name] = found
        elif parameter.default is parameter.empty:
            raise StageError(
                "load_partition of data_preparation.py takes {0}, which neither {1} nor a label of this node gives: add it "
                "to {1}, give the node the label, or bind it by with: of the data stage".format(parameter.name, config)
            )
    parts = function(**given)
    if isinstance(parts, collections.abc.Mapping):
        return parts
    names = LOADERS.get(len(parts)) if isinstance(parts, (tuple, list)) else None
    if names is None:
        raise StageError("load_partition of data_preparation.py gave no train_loader, val_loader, test_loader")
    return dict(zip(names, parts))


def model(settings, config=CONFIG):
    """What `model` in the configuration names by `_target_`."""
    cfg = configurations.read(config, settings)
    kind = cfg.get("model_type", "Pytorch")
    if str(kind).lower() not in ("pytorch", "torch"):
        raise StageError(
            "{} has the model_type {}: these recipes run projects of PyTorch; name your own functions as "
            "stages".format(config, kind)
        )
    seed(cfg)
    return configurations.instantiate(cfg, "model", config)


def train(model, data, epochs, settings, config=CONFIG):
    """What the function of `train_torch()` does; the metrics are those of the validation data, as `val_…`."""
    cfg = configurations.read(config, settings)
    result = call("train_torch", model, data["train_loader"], epochs, cfg)
    trained = model if result is None else result
    report = {"model": trained, "examples": count(data["train_loader"])}
    if len(data) > 2:
        measured = measure(trained, data["val_loader"], cfg)
        report.update({"val_" + name: value for name, value in measured.items()})
    return report


def evaluate(model, data, settings, config=CONFIG):
    """What the function of `test_torch()` gives: loss, accuracy and its dictionary of metrics."""
    loader = data["test_loader"]
    return {"examples": count(loader), **measure(model, loader, configurations.read(config, settings))}


def measure(model, loader, cfg):
    result = call("test_torch", model, loader, None, cfg)
    if isinstance(result, collections.abc.Mapping):
        return dict(result)
    metrics = {}
    names = iter(("loss", "accuracy"))
    for value in result if isinstance(result, (tuple, list)) else (result,):
        if isinstance(value, collections.abc.Mapping):
            metrics.update(value)
        elif value is not None:
            metrics[next(names, "score")] = value
    return metrics


def call(factory, model, loader, epochs, cfg):
    """The function behind the factory: (model, loader, epochs, cfg) and (model, loader, cfg), or the older
    (model, loader, criterion, optimizer, epochs) and (model, loader, criterion)."""
    if factory not in made:
        made[factory] = attribute("models", factory)()
    function = made[factory]
    known = {"epochs": epochs, "num_epochs": epochs, "cfg": cfg, "config": cfg}
    parameters = list(inspect.signature(function).parameters.values())[2:]
    if any(parameter.name in ("criterion", "optimizer") for parameter in parameters):
        make = attribute("models", "set_model_hyperparameter")
        known["criterion"], known["optimizer"] = make(model, cfg["learning_rate"])
    given = {}
    for parameter in parameters:
        if parameter.name in known:
            given[parameter.name] = known[parameter.name]
        elif parameter.default is parameter.empty and parameter.kind is parameter.POSITIONAL_OR_KEYWORD:
            raise StageError(
                "the function that {}() of models.py gives takes {}, which FedOps Silo has not: it hands in the model, a "
                "loader, epochs and cfg".format(factory, parameter.name)
            )
    return function(model, loader, **given)


class Missing:
    pass


missing = Missing()


def argument(name, cfg, labels):
    dataset = cfg.get("dataset", {})
    is_map = isinstance(dataset, collections.abc.Mapping)
    if name == "dataset":
        return dataset.get("name", missing) if is_map else dataset
    if name not in ("validation_split", "batch_size") and name in labels:
        return number(labels[name])
    if name in cfg:
        return cfg[name]
    return dataset[name] if is_map and name in dataset else missing


def number(text):
    """Labels are texts; what is a whole number is meant as one."""
    return int(text) if text.lstrip("-").isdigit() else text


def attribute(module, name):
    found = getattr(load(module, "."), name, None)
    if found is None:
        raise StageError("{0}.py has no {1}{2}".format(module, name, nearest(name, vars(importlib.import_module(module)))))
    return found


def count(loader):
    examples = getattr(loader, "dataset", loader)
    try:
        return len(examples)
    except TypeError:
        raise StageError(
            "the loaders of data_preparation.py have no length: name the number of examples by examples: in the flow"
        ) from None


def seed(cfg):
    """As client_main.py does it, so that the same split comes out each time."""
    value = cfg.get("random_seed")
    if value is None:
        return
    random.seed(value)
    np.random.seed(value)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(value)
