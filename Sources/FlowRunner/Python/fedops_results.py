"""Reads what train and evaluate give back: a model, metrics, a number of examples."""

import collections.abc
import math
import numbers
import sys

from fedops_failures import StageError
from fedops_models import a_type

EXAMPLES = ("examples", "num_examples", "n")
METRICS_LIMIT = 500


class Result:
    """What was found in it. `model` is None where none was given back."""

    def __init__(self):
        self.model = None
        self.examples = None
        self.metrics = {}


def read(value, names, fallback, is_model=None):
    """`names` are those of the function's return statement, `fallback` that of a number without any."""
    result = Result()
    if value is None:
        return result
    if is_model is not None and is_model(value):
        result.model = value
    elif isinstance(value, collections.abc.Mapping):
        take_mapping(result, value, is_model)
    elif isinstance(value, (tuple, list)) and not is_series(value):
        take_sequence(result, value, names or {}, fallback, is_model)
    elif number_of(value) is not None or is_series(value):
        take_metric(result, next(iter(names or {}), fallback), value)
    else:
        raise StageError(
            "it gave {}; allowed are nothing, a number, a dictionary of numbers, {}and tuples of these".format(
                a_type(value), "the model, " if is_model else ""
            )
        )
    return result


def take_mapping(result, mapping, is_model):
    for key, value in mapping.items():
        if is_model is not None and result.model is None and is_model(value):
            result.model = value
        elif key in EXAMPLES:
            result.examples = count_of(value, key)
        else:
            take_metric(result, str(key), value)


def take_sequence(result, values, names, fallback, is_model):
    by_position = {path[0]: name for name, path in names.items() if len(path) == 1 and isinstance(path[0], int)}
    # (parameters or loss, number of examples, metrics), as clients of Flower give it.
    is_flower = len(values) == 3 and isinstance(values[2], collections.abc.Mapping) and is_count(values[1])
    fallback = "loss" if is_flower else fallback
    for index, value in enumerate(values):
        name = by_position.get(index)
        if is_model is not None and result.model is None and is_model(value):
            result.model = value
        elif isinstance(value, collections.abc.Mapping):
            take_mapping(result, value, is_model)
        elif name in EXAMPLES or (is_flower and index == 1):
            result.examples = count_of(value, name or "the number of examples")
        elif number_of(value) is not None or is_series(value):
            name = name or fallback
            take_metric(result, name if name not in result.metrics else "{}_{}".format(name, index), value)
        elif value is not None:
            raise StageError("position {} of what it gave is {}, which is no metric".format(index, a_type(value)))


def take_metric(result, name, value):
    """Numbers are taken as they are, of a series its last; dictionaries in it by dotted names. The rest is left out."""
    if isinstance(value, collections.abc.Mapping):
        for key, item in value.items():
            take_metric(result, "{}.{}".format(name, key), item)
        return
    number = number_of(value[-1] if is_series(value) else value)
    if number is None:
        if value is not None and not isinstance(value, str):
            warn("{} is {}, which is no metric; left out".format(name, a_type(value)))
        return
    if not math.isfinite(number):
        warn("metric {} is {}; left out".format(name, number))
        return
    if len(result.metrics) >= METRICS_LIMIT:
        raise StageError("it gave more than {} metrics".format(METRICS_LIMIT))
    result.metrics[name] = number


def number_of(value):
    """A float for a number, or for an array or tensor of one element; else None."""
    if isinstance(value, numbers.Real):
        return float(value)
    item, size = getattr(value, "item", None), getattr(value, "size", None)
    if item is None or size is None:
        return None
    count = value.numel() if hasattr(value, "numel") else size
    try:
        return float(item()) if count == 1 else None
    except (TypeError, ValueError):
        return None


def is_series(value):
    return isinstance(value, list) and len(value) > 0 and all(isinstance(item, numbers.Real) for item in value)


def is_count(value):
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def count_of(value, name):
    number = number_of(value)
    if number is None or number < 0 or number != int(number):
        raise StageError("{} is {!r:.80}, which is no number of examples".format(name, value))
    return int(number)


def length_of(value):
    """How many examples a value holds: of a loader of PyTorch its data set's length, of a DMatrix of XGBoost its rows;
    None where it has none."""
    if isinstance(value, (str, bytes, collections.abc.Mapping)) or is_number(value):
        return None
    if callable(getattr(value, "num_row", None)):
        return int(value.num_row())
    dataset = getattr(value, "dataset", None)
    for candidate in (dataset, value):
        shape = getattr(candidate, "shape", None)  # also of sparse matrices, which have no len()
        if isinstance(shape, tuple) and shape:
            return int(shape[0])
        try:
            return len(candidate)
        except TypeError:
            continue
    return None


def is_number(value):
    return isinstance(value, numbers.Number)


def warn(text):
    print("fedops: " + text, file=sys.stderr)
