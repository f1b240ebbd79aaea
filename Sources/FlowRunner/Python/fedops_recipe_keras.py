"""Train and evaluate for projects that have a compiled Keras model and data, and no functions around them."""

import numpy as np

from fedops_failures import StageError

counted = {}


def fit(model, epochs=1, batch_size=None, x_train=None, X_train=None, y_train=None, train_data=None):
    """`fit` on arrays, or on a data set of batches; the metrics are those of the last epoch."""
    data, arguments = given(model, x_train, X_train, y_train, train_data, "train")
    history = model.fit(**arguments, batch_size=batch_size, epochs=epochs, verbose=2)
    metrics = {name: float(values[-1]) for name, values in history.history.items() if values}
    return {"examples": count(data), **metrics}


def evaluate(model, batch_size=None, x_test=None, X_test=None, y_test=None, test_data=None):
    data, arguments = given(model, x_test, X_test, y_test, test_data, "test")
    metrics = model.evaluate(**arguments, batch_size=batch_size, verbose=0, return_dict=True)
    return {"examples": count(data), **{name: float(value) for name, value in metrics.items()}}


def given(model, lower, upper, y, data, part):
    if not getattr(model, "compiled", True):
        raise StageError("the model is not compiled: call model.compile(optimizer=…, loss=…) in the model stage")
    x = lower if lower is not None else upper
    if (x is None) == (data is None):
        raise StageError(
            "keras.{0} takes x_{1} and y_{1}, or a data set as {1}_data: give them these names in the data stage, or bind "
            "them by with:, such as with: {{{1}_data: $data.0}}".format("fit" if part == "train" else "evaluate", part)
        )
    return (x, {"x": x, "y": y}) if x is not None else (data, {"x": data})


def count(data):
    """Examples. A data set's length is that of its batches, so those are counted, once."""
    if isinstance(data, (dict, list, tuple)) and len(data):
        return count(next(iter(data.values())) if isinstance(data, dict) else data[0])
    if isinstance(getattr(data, "shape", None), tuple) or hasattr(data, "iloc"):
        return len(data)
    examples = getattr(data, "dataset", None)
    if hasattr(examples, "__len__"):
        return len(examples)
    if id(data) not in counted:
        counted[id(data)] = (data, sum(size(batch) for batch in batches(data)))
    return counted[id(data)][1]


def batches(data):
    if hasattr(data, "__getitem__") and hasattr(data, "__len__"):  # keras.utils.PyDataset
        return (data[index] for index in range(len(data)))
    return iter(data)


def size(batch):
    while isinstance(batch, (tuple, list, dict)):
        batch = next(iter(batch.values())) if isinstance(batch, dict) else batch[0]
    return int(np.shape(batch)[0])
