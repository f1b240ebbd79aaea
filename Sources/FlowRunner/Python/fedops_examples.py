"""Finds the parts of data that consist of examples, takes rows of them, and puts them back where they were."""

import collections.abc
import copy
import dataclasses
import re
import sys
import types

import numpy as np

from fedops_data_modules import base_of, loaders_of, with_loaders
from fedops_failures import StageError

# What the names of labels begin with.
LABELS = ("y", "label", "target", "class")
# A longer list is one of examples, whatever its elements are.
LONGEST_CONTAINER = 16


class Leaf:
    """A part with one row for each example."""

    def __init__(self, path, name, value, kind, length):
        self.path, self.value, self.kind, self.length = path, value, kind, length
        self.name = name or "data"
        self.words = set(re.split(r"[^a-z]+", re.sub(r"([a-z])([A-Z])", r"\1_\2", self.name).lower()))

    @property
    def is_flat(self):
        return self.kind == "list" or (self.kind in ("array", "tensor") and len(self.value.shape) == 1)

    def take(self, rows):
        value = self.value
        if self.kind == "list":
            return [value[row] for row in rows]
        if self.kind == "frame":
            return value.iloc[rows]
        if self.kind == "sparse":
            return value.tocsr()[rows]
        if self.kind == "table":
            return value.select(rows.tolist())
        if self.kind == "tensor":
            return value[sys.modules["torch"].as_tensor(rows, dtype=sys.modules["torch"].long)]
        if self.kind == "dataset":
            return sys.modules["torch"].utils.data.Subset(value, rows.tolist())
        if self.kind == "loader":
            return loader_over(value, rows)
        if type(value).__module__.startswith("tensorflow"):
            return sys.modules["tensorflow"].gather(value, rows)
        return value[rows]

    def labels(self, slow, alone):
        """One label for each row; None where it holds none. `alone`: nothing else is beside it."""
        if self.kind == "loader":
            return labels_of_dataset(self.value.dataset, rows_of(self.value), slow)
        if self.kind == "dataset":
            return labels_of_dataset(self.value, None, slow)
        if self.kind in ("frame", "table") and hasattr(self.value, "columns" if self.kind == "frame" else "column_names"):
            names = list(self.value.columns if self.kind == "frame" else self.value.column_names)
            name = next((name for name in names if str(name).lower().startswith(LABELS)), None)
            return None if name is None else as_labels(self.value[name])
        if alone and self.is_flat:
            return None
        return as_labels(self.value, self.name.rsplit(".", 1)[-1].lower().startswith(LABELS))


def find(data, names):
    """All leaves; `names` is name to path of what the data stage's own `return` tells."""
    told = {tuple(path): name for name, path in (names or {}).items()}
    leaves = []

    def walk(value, path, name):
        name = told.get(path, name)
        kind, length = kind_of(value)
        if kind is not None:
            leaves.append(Leaf(path, name, value, kind, length))
            return
        for key, item in children(value):
            walk(item, path + (key,), name + "." + str(key) if name else str(key))

    walk(data, (), "")
    return leaves


def kind_of(value):
    """How rows are taken of it, and how many there are; (None, 0) for a container and for what isn't examples."""
    torch = sys.modules.get("torch")
    if torch is not None and hasattr(torch, "utils"):
        loading = torch.utils.data
        if isinstance(value, loading.DataLoader):
            if isinstance(value.dataset, loading.IterableDataset):
                raise StageError("a loader over an IterableDataset has no rows to split: use --split none")
            rows = rows_of(value)
            return "loader", len(value.dataset) if rows is None else len(rows)
        if isinstance(value, torch.Tensor):
            return ("tensor", len(value)) if value.dim() else (None, 0)
        if isinstance(value, loading.Dataset) and hasattr(value, "__len__") and not is_table(value):
            return "dataset", len(value)
    if isinstance(value, (str, bytes, type)):
        return None, 0
    if is_table(value):
        return "table", len(value)
    if hasattr(value, "iloc"):
        return "frame", len(value)
    shape = getattr(value, "shape", None)
    if hasattr(value, "tocsr") and shape:
        return "sparse", int(shape[0])
    if hasattr(value, "__array__") and shape is not None:
        return ("array", int(shape[0])) if len(shape) else (None, 0)
    if isinstance(value, list) and value and not is_container(value):
        return "list", len(value)
    return None, 0


def is_table(value):
    return hasattr(value, "select") and isinstance(getattr(value, "column_names", None), list)


def is_container(values):
    return len(values) <= LONGEST_CONTAINER and all(
        kind_of(item)[0] is not None or isinstance(item, (tuple, collections.abc.Mapping)) for item in values
    )


def children(value):
    """Key and item of what holds parts."""
    if isinstance(value, collections.abc.Mapping):
        return list(value.items())
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return list(zip(value._fields, value))
    if isinstance(value, (tuple, list)):
        return list(enumerate(value))
    if base_of(value) is not None:
        return loaders_of(value)
    if isinstance(value, types.SimpleNamespace) or (dataclasses.is_dataclass(value) and not isinstance(value, type)):
        return list(vars(value).items())
    # An object of the project's own, which only holds parts.
    if type(value).__module__ not in sys.builtin_module_names and hasattr(value, "__dict__") and not callable(value):
        return [(key, item) for key, item in vars(value).items() if kind_of(item)[0] is not None]
    return []


def rebuild(value, replaced, path=()):
    """The same structure with other parts in the place of some; what isn't replaced stays the same object."""
    if path in replaced:
        return replaced[path]
    if not any(other[: len(path)] == path for other in replaced):
        return value
    items = [(key, rebuild(item, replaced, path + (key,))) for key, item in children(value)]
    if isinstance(value, tuple):
        return type(value)(*[item for _, item in items]) if hasattr(value, "_fields") else tuple(item for _, item in items)
    if isinstance(value, list):
        return [item for _, item in items]
    if base_of(value) is not None:
        return with_loaders(value, items)
    made = copy.copy(value)
    for key, item in items:
        if isinstance(value, collections.abc.Mapping):
            made[key] = item
        else:
            object.__setattr__(made, key, item)
    return made


def renewed(data):
    """The same data with loaders that begin anew, for a client that shares it with others."""
    replaced = {}
    for leaf in find(data, None):
        if leaf.kind == "loader":
            try:
                replaced[leaf.path] = loader_over(leaf.value, np.arange(leaf.length))
            except StageError:
                continue  # its sampler can't be made again, so it stays as it is
    return rebuild(data, replaced)


# MARK: loaders of PyTorch


def rows_of(loader):
    """The data set's rows that a loader goes through, where its sampler names them; None for all."""
    sampler = loader.sampler
    return list(sampler.indices) if type(sampler).__name__ == "SubsetRandomSampler" else None


def loader_over(loader, rows):
    """A loader with the same settings over these rows of its data set."""
    torch = sys.modules["torch"]
    loading = torch.utils.data
    sampler = loader.sampler
    own = type(loader.batch_sampler) in (loading.BatchSampler, type(None)) and type(loader) is loading.DataLoader
    is_random = type(sampler) in (loading.RandomSampler, loading.SubsetRandomSampler)
    if not own or not (is_random or type(sampler) is loading.SequentialSampler) or getattr(sampler, "replacement", False):
        what = type(loader) if type(loader) is not loading.DataLoader else type(sampler)
        raise StageError(
            "a loader with a {} can't be split, since what it draws isn't told by rows: give the data set itself, or use "
            "--split none".format(what.__name__)
        )
    chosen = rows_of(loader)
    rows = [int(row) for row in rows] if chosen is None else [int(chosen[row]) for row in rows]
    given = {name: getattr(loader, name) for name in ("num_workers", "collate_fn", "pin_memory", "timeout", "worker_init_fn")}
    given["batch_size"] = loader.batch_size
    # Fewer rows than a batch would leave nothing to train on.
    given["drop_last"] = bool(loader.drop_last) and len(rows) >= (loader.batch_size or 1)
    if loader.num_workers:
        given["prefetch_factor"] = loader.prefetch_factor
        given["persistent_workers"] = loader.persistent_workers
        given["multiprocessing_context"] = loader.multiprocessing_context
    source = loader.generator or getattr(sampler, "generator", None)
    if source is not None:
        given["generator"] = torch.Generator().manual_seed(source.initial_seed())
    return loading.DataLoader(loading.Subset(loader.dataset, rows), shuffle=is_random, **given)


# MARK: labels


def as_labels(value, is_named=False):
    """A flat array of whole numbers or texts; None for anything else. Rows of 0 and 1 are labels only where their name
    says so."""
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    try:
        labels = np.asarray(value)
    except ValueError:
        return None  # a list of things of different shapes
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    elif labels.ndim == 2 and is_named and np.isin(labels, (0, 1)).all() and (labels.sum(1) == 1).all():
        return labels.argmax(1)
    if labels.ndim != 1 or not len(labels):
        return None
    if labels.dtype.kind in "iubUS":
        return labels
    if labels.dtype.kind == "O" and all(isinstance(item, (str, int)) for item in labels):
        return labels.astype(str)
    if labels.dtype.kind == "f" and is_named and (labels == np.round(labels)).all() and len(np.unique(labels)) <= 100:
        return labels.astype(int)
    return None


def labels_of_dataset(dataset, rows, slow):
    labels = listed(dataset)
    if labels is None and slow:
        labels = as_labels([label_of(dataset[row]) for row in range(len(dataset))])
    return labels if labels is None or rows is None else labels[np.asarray(rows, int)]


def listed(dataset):
    """What a data set says of its labels without being gone through."""
    for name in ("targets", "labels", "y"):
        labels = as_labels(getattr(dataset, name)) if hasattr(dataset, name) else None
        if labels is not None and len(labels) == len(dataset):
            return labels
    if hasattr(dataset, "indices") and hasattr(dataset, "dataset"):
        inner = listed(dataset.dataset)
        return None if inner is None else inner[np.asarray(dataset.indices, int)]
    if isinstance(getattr(dataset, "tensors", None), tuple):
        return next((labels for labels in map(as_labels, reversed(dataset.tensors)) if labels is not None), None)
    if hasattr(dataset, "datasets"):
        parts = [listed(part) for part in dataset.datasets]
        return None if any(part is None for part in parts) else np.concatenate(parts)
    return None


def label_of(example):
    """The label of one example of a data set: the last of a tuple, or what a dictionary has under such a name."""
    if isinstance(example, collections.abc.Mapping):
        example = next((item for key, item in example.items() if str(key).lower().startswith(LABELS)), None)
    elif isinstance(example, (tuple, list)) and example:
        example = example[-1]
    return example.item() if hasattr(example, "item") and np.size(example) == 1 else example
