"""The classes of a classifier: as a tensor, and as rows of its arrays where a node's data lack some."""

import json

import numpy as np


def of(estimator):
    """In their order, or None: of a regressor, or where there is more than one output."""
    found = getattr(estimator, "classes_", None)
    return found if isinstance(found, np.ndarray) and found.ndim == 1 else None


def put(estimator, names):
    now = of(estimator)
    names = names.astype(now.dtype) if now is not None and now.dtype.kind in "iufbO" else names
    try:
        estimator.classes_ = names
    except AttributeError:  # of RidgeClassifier, a property
        estimator._label_binarizer.classes_ = names


def sorted_of(values):
    return np.unique(np.asarray(values))


def encode(names):
    """Whole numbers as such, else JSON in UTF-8, which all nodes have the same bytes of."""
    if names.dtype.kind in "iu":
        return names.astype(np.int64)
    return np.frombuffer(json.dumps(names.tolist()).encode(), np.uint8)


def decode(tensor):
    if tensor.dtype == "I64":
        return tensor.array(np.empty(0, np.int64))
    return np.asarray(json.loads(tensor.data.tobytes()))


def places(some, all):
    index = {name: place for place, name in enumerate(all.tolist())}
    return [index[name] for name in some.tolist()]


def spread(rows, own, all, base, share):
    """Rows of some classes among those of all; the others are those of `base`, else zero.

    A classifier of two classes has one row w: the second class's is w · `share` above the middle of both, the first's
    below it.
    """
    full = np.zeros((len(all), *rows.shape[1:]), rows.dtype) if base is None else base.copy()
    at = places(own, all)
    if len(own) == 2 and len(rows) == 1:
        middle = (full[at[0]] + full[at[1]]) / 2
        full[at[0]], full[at[1]] = middle - share * rows[0], middle + share * rows[0]
    else:
        full[at] = rows
    return full


def gather(full, own, all, share):
    """What `spread` had."""
    at = places(own, all)
    return ((full[at[1]] - full[at[0]]) / (2 * share))[None] if len(own) == 2 else full[at]
