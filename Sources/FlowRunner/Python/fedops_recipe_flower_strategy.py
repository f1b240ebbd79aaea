"""The strategy of a Flower app's own ServerApp makes the model of a round's updates: `rounds.strategy: serverapp`.

Runs on the server node, in the worker that FedOps keeps there; the rounds, their clients and the gate are FedOps' own.
"""

import pickle

import numpy as np

import fedops_tensors as files
from fedops_failures import StageError
from fedops_names import bring

STATE = "fedops:serverapp:strategy"
kept = {}


def aggregate(work, number, settings):
    """Reads the files of `work`, and writes `output`, the model, and `kept`, what the strategy keeps until the next round.

    `work` has `base`, `state` where the base's round left one, and `updates`: each with `node`, `file`, `examples` and
    `metrics`.
    """
    server = bring("flower_server")
    found = bring("flower").asked(settings)
    strategy = found.strategy
    if strategy is None:
        raise StageError(
            "rounds.strategy is serverapp, and the app's ServerApp starts no strategy that could be asked{}: name one of "
            "FedOps' strategies in the flow".format(found.reason)
        )
    if "start" not in kept:
        kept["start"] = pickled(strategy)
    put_back(strategy, kept["start"], state_of(work.get("state")))
    wanted = files.read(work["base"])
    base = arrays(wanted)
    updates = [{**update, "arrays": arrays(files.read(update["file"]))} for update in work["updates"]]
    if hasattr(strategy, "aggregate_train"):
        made = found.aggregated(number, base, updates)
    else:
        made = server.older().aggregated(strategy, number, base, updates)
    if made is None:
        raise StageError("{} made no model of {} updates".format(type(strategy).__name__, len(updates)))
    files.write(work["output"], fitting(made, wanted, type(strategy).__name__))
    changed = {name: content for name, content in pickled(strategy).items() if kept["start"].get(name) != content}
    with open(work["kept"], "wb") as file:
        pickle.dump(changed, file)
    return {}


def arrays(tensors):
    """Copies: what a strategy does to its arrays is its own affair."""
    found = {}
    for name, tensor in tensors.items():
        if tensor.dtype not in files.NUMPY:
            raise StageError("{} has the dtype {}, which Flower's arrays can't hold".format(name, tensor.dtype))
        found[name] = tensor.data.copy().view(files.NUMPY[tensor.dtype]).reshape(tensor.shape)
    return found


def fitting(made, wanted, name):
    """The arrays with the model's dtypes: a mean of integers comes as floats, and is rounded."""
    texts = sorted(set(made) ^ set(wanted))
    if texts:
        raise StageError("{} made other arrays than the model has: {}".format(name, ", ".join(texts[:5])))
    tensors = {}
    for key, tensor in wanted.items():
        like, array = np.dtype(files.NUMPY[tensor.dtype]), np.asarray(made[key])
        if like.kind in "iu" and array.dtype.kind == "f":
            array = np.rint(array)
        tensors[key] = files.Tensor.of(array.astype(like), key)
    differences = files.differences(tensors, wanted)
    if differences:
        raise StageError("{}: {}".format(name, "; ".join(differences[:5])))
    return tensors


def pickled(strategy):
    """What the strategy holds, by attribute. Functions of the app come from its code, and are left out."""
    found = {}
    for name, value in vars(strategy).items():
        try:
            found[name] = pickle.dumps(value)
        except Exception:  # whatever can't be kept is made anew with the strategy
            continue
    return found


def put_back(strategy, start, state):
    """As it was when the ServerApp started it, and then as the base's round left it: not as some other round did."""
    now = pickled(strategy)
    for name in now.keys() - start.keys():
        delattr(strategy, name)
    for name, content in {**start, **state}.items():
        if now.get(name) != content:
            setattr(strategy, name, pickle.loads(content))


def state_of(path):
    if path is None:
        return {}
    tensor = files.read(path).get(STATE)
    if tensor is None:
        return {}
    try:
        # This node's own file, which its own strategy wrote.
        return pickle.loads(tensor.data.tobytes())
    except Exception as error:  # of another revision's classes, for example
        print("fedops: what the app's strategy kept can't be read ({}), it starts anew".format(error))
        return {}
