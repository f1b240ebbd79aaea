"""Data modules of Lightning as what holds their loaders, so that these can be divided among clients."""

import copy
import sys

LOADERS = ("train_dataloader", "val_dataloader", "test_dataloader")
MADE = "_fedops_loaders"


def base_of(value):
    """`LightningDataModule` of the package that the value's class comes from; None where it is no data module."""
    for name in ("lightning.pytorch", "pytorch_lightning"):
        base = getattr(sys.modules.get(name), "LightningDataModule", None)
        if base is not None and isinstance(value, base):
            return base
    return None


def loaders_of(module):
    """Name and loader, of those that the module makes; made once, after its own `prepare_data` and `setup`."""
    if MADE not in vars(module):
        base = base_of(module)
        module.prepare_data()
        for stage in ("fit", "test"):
            module.setup(stage)
        names = [name for name in LOADERS if getattr(type(module), name) is not getattr(base, name)]
        vars(module)[MADE] = [(name, getattr(module, name)()) for name in names]
    return vars(module)[MADE]


def with_loaders(module, loaders):
    """A copy that gives these loaders, and sets nothing up again."""
    made = copy.copy(module)
    vars(made)[MADE] = loaders
    made.prepare_data = lambda: None
    made.setup = lambda stage=None: None
    for name, loader in loaders:
        setattr(made, name, lambda loader=loader: loader)
    return made
