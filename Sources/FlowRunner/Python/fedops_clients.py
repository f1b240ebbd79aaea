"""One worker that plays several clients in turn, for `fedops try` and `fedops simulate`: nothing is imported anew, and the
whole set of data is loaded once."""

import collections
import copy
import json
import random
import sys

import numpy as np

from fedops_examples import renewed
from fedops_split import Partition

# Sets of data that are kept, where clients have sets of their own by their labels.
KEPT = 16


class Clients:
    """What the worker keeps between the clients that it plays. Until `become`, the worker is the node of its
    configuration and none of this has an effect."""

    def __init__(self):
        self.client = None
        self._wholes = collections.OrderedDict()
        self._partition = (None, None)
        self._fitted = None
        self._trained = {}

    def become(self, client):
        """Makes the randomness of what follows the client's own, whoever was played before."""
        self.client = client
        scatter(client["seed"])

    def data(self, key, load, names):
        """The client's data; `load` gives the whole set, which is the same for all clients with this key."""
        if self.client is None:
            return load()
        if key not in self._wholes:
            split = self.client.get("split")
            if split is not None:
                # Clients in other workers have the other parts of it: what is drawn at random has to be drawn alike.
                scatter(split["seed"])
            self._wholes[key] = load()
            scatter(self.client["seed"])
        self._wholes.move_to_end(key)
        while len(self._wholes) > KEPT:
            self._wholes.popitem(last=False)
        whole = self._wholes[key]
        split = self.client.get("split")
        if split is None:
            return renewed(whole)
        return self._of(key, whole, split, names).part(split["index"])

    def _of(self, key, whole, split, names):
        wanted = (key, json.dumps({name: value for name, value in split.items() if name != "index"}, sort_keys=True))
        if self._partition[0] != wanted:
            self._partition = (wanted, Partition(whole, names, split))
        return self._partition[1]

    def describe(self):
        split = (self.client or {}).get("split")
        partition = self._partition[1]
        return None if split is None or partition is None else partition.describe(split["index"])

    # MARK: models that had to be fitted to have shapes

    def fitted(self):
        """A copy of an estimator that an earlier client was fitted for its shapes with; None where none was."""
        return None if self.client is None else copy.deepcopy(self._fitted)

    def keep_fitted(self, model):
        if self.client is not None:
            self._fitted = copy.deepcopy(model)

    # MARK: what train gave, for a later evaluate of the same client

    def keep_trained(self, value):
        if self.client is not None:
            self._trained[self.client["node"]] = value

    def take_trained(self, outputs):
        if self.client is not None and self.client["node"] in self._trained:
            outputs["train"] = self._trained.pop(self.client["node"])


def scatter(seed):
    """Sets the random numbers of Python, NumPy, PyTorch and TensorFlow."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(seed)
    if "tensorflow" in sys.modules:
        sys.modules["tensorflow"].random.set_seed(seed % 2**31)


def takes(function, owner_parameters, bindings, split):
    """What of the node a data stage is given: `node`, `labels`, or `labels.NAME` for single ones."""
    found = set()
    for parameter in [*function.parameters, *owner_parameters]:
        if parameter.name not in bindings and parameter.name in ("node", "labels"):
            found.add(parameter.name)
    for source in bindings.values():
        if isinstance(source, str) and source.startswith("$") and not source.startswith("$$"):
            name, path = split(source)
            if name in ("node", "labels"):
                found.add(".".join([name, *path]))
    return sorted(found)
