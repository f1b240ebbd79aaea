"""Train and evaluate for projects of Lightning: a LightningModule, and a LightningDataModule or loaders."""

import collections.abc
import importlib
import logging
import sys
import tempfile

from fedops_failures import StageError
from fedops_results import length_of


def fit(model, data, epochs=1, train_loader=None, val_loader=None, trainer=None):
    """`epochs` passes of a new Trainer, whose other arguments are `trainer`'s. It writes nothing and shows no progress.

    The data are a LightningDataModule, a loader, or have a part called `train_loader`. Gives what the module logged.
    """
    made = trainer_for(model, trainer, max_epochs=epochs)
    loaders = data_for(model, data, train_loader)
    count = Counting(made)
    if is_data_module(model, loaders):
        made.fit(model, datamodule=loaders)
    else:
        made.fit(model, loaders, val_loader)
    return {**numbers(made.callback_metrics), "examples": count.of(made.train_dataloader)}


def evaluate(model, data, test_loader=None, trainer=None):
    """The module's own `test_step`, or its `validation_step` where it has no other."""
    made = trainer_for(model, trainer)
    loaders = data_for(model, data, test_loader)
    module = package(model).LightningModule
    tests = type(model).test_step is not module.test_step
    if tests and is_data_module(model, loaders):
        tests = type(loaders).test_dataloader is not package(model).LightningDataModule.test_dataloader
    count = Counting(made)
    run = made.test if tests else made.validate
    if is_data_module(model, loaders):
        results = run(model, datamodule=loaders, verbose=False)
    else:
        results = run(model, loaders, verbose=False)
    used = made.test_dataloaders if tests else made.val_dataloaders
    return {**{key: value for result in results for key, value in result.items()}, "examples": count.of(used)}


def package(model):
    """`lightning.pytorch` or `pytorch_lightning`, whichever the module comes from: each refuses the other's."""
    for name in ("lightning.pytorch", "pytorch_lightning"):
        found = sys.modules.get(name)
        if found is not None and isinstance(model, found.LightningModule):
            return found
    raise StageError("fedops:lightning needs a LightningModule, the model is {}".format(type(model).__name__))


def trainer_for(model, given, **own):
    lightning = package(model)
    quiet = {
        "logger": False,
        "enable_checkpointing": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
        "num_sanity_val_steps": 0,
        # In inference mode a buffer that is replaced could not be written to in the next round.
        "inference_mode": False,
        "default_root_dir": tempfile.gettempdir(),
    }
    if given is not None and not isinstance(given, collections.abc.Mapping):
        raise StageError("trainer is {}: a map of arguments of Trainer is needed".format(type(given).__name__))
    # What it says of devices and of its maker's services, at every round.
    logging.getLogger(lightning.__name__ + ".utilities.rank_zero").setLevel(logging.WARNING)
    return lightning.Trainer(**{**quiet, **(given or {}), **own})


def is_data_module(model, value):
    return isinstance(value, package(model).LightningDataModule)


def data_for(model, data, loader):
    if loader is not None:
        return loader
    if is_data_module(model, data) or hasattr(data, "dataset"):
        return data
    for part in data.values() if isinstance(data, collections.abc.Mapping) else data if isinstance(data, tuple) else ():
        if is_data_module(model, part):
            return part
    raise StageError(
        "the data stage gave {}: a LightningDataModule or a loader is needed; name the loader by with:, such as "
        "with: {{train_loader: $data.train}}".format(type(data).__name__)
    )


class Counting:
    """Counts examples where no data set has a length."""

    def __init__(self, trainer):
        self._seen = 0
        base = importlib.import_module(type(trainer).__module__.partition(".trainer")[0] + ".callbacks").Callback
        sizes = importlib.import_module(type(trainer).__module__.partition(".trainer")[0] + ".utilities.data")
        counting = self

        class Counter(base):
            def on_train_batch_end(self, trainer, module, outputs, batch, *_):
                counting._seen += sizes.extract_batch_size(batch) if trainer.current_epoch == 0 else 0

            def on_validation_batch_end(self, trainer, module, outputs, batch, *_):
                counting._seen += 0 if trainer.state.fn == "fit" else sizes.extract_batch_size(batch)

            def on_test_batch_end(self, trainer, module, outputs, batch, *_):
                counting._seen += sizes.extract_batch_size(batch)

        trainer.callbacks.append(Counter())

    def of(self, loaders):
        lengths = [length_of(loader) for loader in (loaders if isinstance(loaders, (list, tuple)) else [loaders])]
        return self._seen if None in lengths else sum(lengths)


def numbers(metrics):
    return {key: float(value) for key, value in metrics.items() if not hasattr(value, "numel") or value.numel() == 1}
