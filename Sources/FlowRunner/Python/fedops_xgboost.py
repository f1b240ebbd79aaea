"""Models of XGBoost: trees, which are appended rather than averaged (strategy fedxgbbagging).

In a model file they are one tensor of bytes: lines of JSON, of which the first is what all nodes share of the model (its
objective, features and base_score) and each other one is a boosting round with its trees. An update is that first line
and the rounds that this node added, so that a server makes the new model by putting lines under lines.
"""

import json
import math
import sys

import numpy as np

from fedops_failures import StageError
from fedops_tensors import Tensor

NAME = "fedops:trees"
FORMAT = "xgboost"
STRATEGY = "fedxgbbagging"
# What may differ between the nodes' boosters: it says how trees are grown or by whom, not what they mean.
FREE = ("version", "learner.learner_model_param.boost_from_average", "learner.objective.reg_loss_param.scale_pos_weight")
ANEW = (
    "train started anew, the first trees of what it gave are not the global model's: go on from the booster it is given, "
    "as by xgboost.train(…, xgb_model=model) or a parameter xgb_model, or use fedops:xgboost.train or fedops:xgboost.fit"
)


def is_booster(value):
    kind = getattr(sys.modules.get("xgboost"), "Booster", None)
    return kind is not None and isinstance(value, kind)


def is_estimator(value):
    kind = getattr(sys.modules.get("xgboost"), "XGBModel", None)
    return kind is not None and isinstance(value, kind)


def is_xgboost(value):
    return is_booster(value) or is_estimator(value)


def booster_of(model):
    return model.get_booster() if is_estimator(model) else model


class TreeModels:
    kind = "trees of XGBoost"
    # An estimator, and a booster without data, knows neither features nor base_score before it was trained.
    needs_fit = True
    # A model has more trees after each round: the first global model alone needs a fit, and shapes are not compared.
    grows = True

    def __init__(self):
        self._header, self._rounds = None, []

    def is_fitted(self, model):
        try:
            return booster_of(model).num_boosted_rounds() > 0
        except Exception:  # an estimator that was not fitted, a booster without features
            return False

    def is_model(self, value, model):
        return is_xgboost(value)

    def adopt(self, value, model):
        return value

    def meet(self, model, wanted):
        """Nothing of this node's own has to fit: the global model is taken whole."""

    def prepare(self, model):
        pass

    def forget(self, model):
        pass

    def begin(self, model, data):
        """Before the fit that makes the first model: tells a booster that has no data how many features there are."""
        columns = next((count for count in map(columns_of, data) if count), None)
        if columns is None:
            return
        # An estimator takes its objective and base_score from what it loads.
        own = model.get_params() if is_estimator(model) else None
        put(model, blank(columns))
        if own is not None:
            model.set_params(**own)

    def capture(self, model):
        """The first line and the rounds that came after the global model's; all rounds where there is none."""
        try:
            header, rounds = split(json.loads(bytes(booster_of(model).save_raw("json"))))
        except StageError:
            raise
        except Exception as error:
            raise StageError("the booster has no trees to read: {}".format(str(error).split("\n")[0])) from None
        if self._header is None:
            return pack(header, rounds)
        texts = differences(header, self._header)
        if texts:
            raise StageError(
                "after training the booster differs from the global one: {}: go on from the booster that train is given, "
                "with the same objective and features on all nodes".format("; ".join(texts[:5]))
            )
        if rounds[: len(self._rounds)] != self._rounds:
            raise StageError(ANEW)
        if len(rounds) == len(self._rounds):
            raise StageError(
                "train added no trees to the global model: give the booster back that xgboost.train gave, or update the "
                "one it is given"
            )
        return pack(self._header, rounds[len(self._rounds) :])

    def initial(self, model, given):
        """The first global model: of a booster that was fitted only to learn its features it has no trees."""
        tensors = self.capture(model)
        if given:
            return tensors
        return pack(unpack(tensors)[0], [])

    def restore(self, model, tensors):
        self._header, self._rounds = unpack(tensors)
        put(model, join(self._header, self._rounds))
        return model


def put(model, value):
    # Loading changes the trees and what they mean. A booster that has trained would lose its parameters, such as eta, too;
    # an estimator hands in its own at each fit.
    parameters = parameters_of(model) if is_booster(model) else None
    model.load_model(bytearray(json.dumps(value).encode()))
    if parameters is not None:
        model.load_config(parameters)


def parameters_of(booster):
    """None before a booster knows its features; loading leaves its parameters as they are then."""
    import xgboost

    try:
        return booster.save_config()
    except xgboost.core.XGBoostError:
        return None


def columns_of(part):
    if hasattr(part, "num_col"):
        return part.num_col()
    shape = getattr(part, "shape", ())
    return int(shape[1]) if len(shape) == 2 else None


def blank(columns):
    """A model of no trees, whose objective is replaced by the booster's own parameters when it trains."""
    import xgboost

    empty = xgboost.DMatrix(np.zeros((1, columns), np.float32), label=np.zeros(1, np.float32))
    return json.loads(bytes(xgboost.train({}, empty, 0).save_raw("json")))


def split(whole):
    """XGBoost's own JSON, as what all trees share and a list of boosting rounds."""
    learner = whole["learner"]
    name = learner["gradient_booster"]["name"]
    if name != "gbtree":
        raise StageError("the booster is {}: trees that can be appended are gbtree's".format(name))
    model = learner["gradient_booster"]["model"]
    trees, groups, bounds = model.pop("trees"), model.pop("tree_info"), model.pop("iteration_indptr")
    model["gbtree_model_param"]["num_trees"] = "0"
    # What this node alone noted, such as its best iteration.
    learner.pop("attributes", None)
    # Else the first trees after a model without any would have the mean of that node's labels under them.
    learner["learner_model_param"]["boost_from_average"] = "0"
    for tree in trees:
        tree["id"] = 0
    rounds = [{"groups": groups[a:b], "trees": trees[a:b]} for a, b in zip(bounds, bounds[1:])]
    return {"format": FORMAT, **whole}, rounds


def join(header, rounds):
    whole = json.loads(json.dumps({key: value for key, value in header.items() if key != "format"}))
    whole["learner"]["attributes"] = {}
    model = whole["learner"]["gradient_booster"]["model"]
    trees = [tree for item in rounds for tree in item["trees"]]
    model["trees"] = [{**tree, "id": number} for number, tree in enumerate(trees)]
    model["tree_info"] = [group for item in rounds for group in item["groups"]]
    model["iteration_indptr"] = [0]
    for item in rounds:
        model["iteration_indptr"].append(model["iteration_indptr"][-1] + len(item["trees"]))
    model["gbtree_model_param"]["num_trees"] = str(len(trees))
    return whole


def pack(header, rounds):
    lines = [json.dumps(line, separators=(",", ":"), sort_keys=True) + "\n" for line in [header, *rounds]]
    data = np.frombuffer("".join(lines).encode(), np.uint8)
    return {NAME: Tensor("U8", data.shape, data)}


def unpack(tensors):
    if list(tensors) != [NAME]:
        raise StageError("the global model is not trees of XGBoost: it has {}".format(", ".join(list(tensors)[:5])))
    header, *rounds = [json.loads(line) for line in bytes(tensors[NAME].data).splitlines()]
    if header.get("format") != FORMAT:
        raise StageError("the global model is trees of {}, not of XGBoost".format(header.get("format")))
    return header, rounds


def differences(found, wanted):
    """Where two first lines say different things about trees, one text each."""
    found, wanted = leaves(found, ""), leaves(wanted, "")
    texts = []
    for key in [*wanted, *(key for key in found if key not in wanted)]:
        name = key.removeprefix("learner.").removeprefix("learner_model_param.")
        if key in FREE or same(found.get(key), wanted.get(key)):
            continue
        texts.append("{} is {}, not {}".format(name, short(found.get(key)), short(wanted.get(key))))
    return texts


def same(one, other):
    """Numbers are texts in XGBoost's JSON, and are written as [5E-1] or 5E-1 by the version."""
    if one == other:
        return True
    try:
        one, other = [[float(item) for item in text.strip("[]").split(",")] for text in (one, other)]
    except (AttributeError, ValueError):
        return False
    return len(one) == len(other) and all(math.isclose(a, b, rel_tol=1e-6) for a, b in zip(one, other))


def leaves(value, path):
    if not isinstance(value, dict):
        return {path: value}
    found = {}
    for key, item in value.items():
        found.update(leaves(item, path + "." + key if path else key))
    return found


def short(value):
    text = "missing" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else text[:77] + "…"
