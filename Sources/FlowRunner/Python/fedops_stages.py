"""The stages of one revision on one node: data and model are made once and stay, train and evaluate run each round."""

import time

import numpy as np

import fedops_results as results
import fedops_strategies as strategies
import fedops_tensors as tensors
from fedops_clients import Clients, takes
from fedops_failures import StageError
from fedops_models import ArrayModels, kind_of
from fedops_names import KINDS_SKIPPED, Function, Missing, Unbound, bring, fill, parameters_of, parts_of, returned, walk
from fedops_share import Sharing

ORDER = ("data", "model", "train", "evaluate")


class Session:
    def __init__(self, configuration, channel):
        self._configuration = configuration
        self._channel = channel
        self._stages = configuration["stages"]
        self._functions = {}
        self._instances = Instances(self)
        self._sharing = Sharing(configuration.get("share"), configuration["stateFolder"])
        self._clients = Clients()
        self._round, self._epochs = 0, configuration["epochs"]
        self._settings = configuration["settings"]
        self.stage = "start"
        self.outputs = {}
        self._kind = None
        self._model = None
        self.strategy = strategies.of(configuration)

    def perform(self, request):
        self._round = request.get("round", self._round)
        self._epochs = request.get("epochs", self._epochs)
        self._settings = request.get("settings", self._settings)
        operation = request["operation"]
        if operation == "become":
            return self._become(request["client"])
        self._enter("start" if operation == "load" else operation)
        if operation == "load":
            return self._load()
        if operation == "model":
            return self._new_model(request["output"])
        if operation == "train":
            return self._train(request["base"], request["output"], request.get("control"))
        if operation == "aggregate":
            return bring("flower_strategy").aggregate(request["aggregation"], self._round, self._settings)
        return self._evaluate(request["base"])

    # MARK: what the requests do

    def _load(self):
        folder = self._configuration["folder"]
        for stage in ORDER:
            if self._stages[stage].get("call"):
                self.stage = stage
                self._functions[stage] = Function(self._stages[stage]["call"], folder)
        for stage, function in self._functions.items():
            self.stage = stage
            if self._check(stage, function) and self._configuration["role"] == "client":
                self._data()
                self._check(stage, function)
        return {"dataTakes": self._data_takes()}

    def _become(self, client):
        """Goes on as another client, as if it had been started for it."""
        self._enter("data")
        for key in ("node", "labels", "stateFolder"):
            self._configuration[key] = client[key]
        self.outputs, self._model, self._kind, self._instances = {}, None, None, Instances(self)
        # What a strategy keeps of a client lies in the client's own folder, and so do its own layers.
        self.strategy = strategies.of(self._configuration)
        self._sharing = Sharing(self._configuration.get("share"), client["stateFolder"])
        self._clients.become(client)
        self._clients.take_trained(self.outputs)
        if not client.get("describe"):
            return {}
        self._data()
        return {"split": self._clients.describe()}

    def _data_takes(self):
        function = self._functions.get("data")
        if function is None:
            return []
        owner = Instances.arguments(function.owner)[1] if function.owner is not None else []
        return takes(function, owner, self._stages["data"].get("with", {}), split)

    def _check(self, stage, function):
        """Whether it can't be told before the data are there."""
        names = Names(self, stage)
        bindings = self._stages[stage].get("with", {})
        unknown = fill(str(function), function.parameters, bindings, names, values=False)[1]
        if function.owner is not None:
            unknown |= fill(*Instances.arguments(function.owner), {}, names, values=False)[1]
        return unknown

    def _new_model(self, output):
        self._model = None
        given = self._ensure_model(anew=True)
        captured = self._kind.capture(self._model)
        if self._kind.needs_fit:
            captured = self._kind.initial(self._model, given)
        tensors.write(output, self._sharing.split(self._kind, self._model, captured)[0])
        return {}

    def _train(self, base, output, control):
        wanted = tensors.read(base)
        local = self._ready_model(wanted)
        if self._kind.needs_fit:
            self._kind.prepare(self._model)
        self._enter("train")
        # The strategy's hook comes after the one that gives optimisers their states back, on which it builds.
        with self._sharing.training(self._kind, self._model, local) as optimizers:
            self.strategy.begin(self._kind, self._model, wanted, self._strategy_words(), control)
            try:
                value, seconds, arguments = self._call("train")
            finally:
                self.strategy.end()
        self.outputs["train"] = value
        if "evaluate" in self._functions and self._takes_train("evaluate"):
            self._clients.keep_trained(value)
        model = self._model
        result = self._read("train", value, lambda item: self._kind.is_model(item, model))
        if result.model is not None:
            self._model = self._kind.adopt(result.model, model)
        shared, local = self._sharing.split(self._kind, self._model)
        self._compare(shared, wanted, "after training the model differs from the global one", local)
        extra, metadata, steps = self.strategy.result(result)
        self._sharing.keep(local, optimizers)
        tensors.write(output, {**shared, **extra}, metadata)
        answer = {
            "examples": self._examples("train", result, arguments),
            "metrics": result.metrics,
            "seconds": seconds,
        }
        return answer if steps is None else {**answer, "steps": steps}

    def _strategy_words(self):
        """What train takes of the strategy by name."""
        bound = self._stages["train"].get("with", {})
        names = [item.name for item in self._functions["train"].parameters if item.kind not in KINDS_SKIPPED]
        return {name for name in names if name in self.strategy.words and name not in bound}

    def _evaluate(self, base):
        self._ready_model(tensors.read(base))
        self._enter("evaluate")
        value, seconds, arguments = self._call("evaluate")
        result = self._read("evaluate", value, None)
        return {
            "examples": self._examples("evaluate", result, arguments),
            "metrics": result.metrics,
            "seconds": seconds,
        }

    # MARK: data and model

    def _data(self):
        if "data" not in self.outputs:
            if "data" not in self._functions:
                return self._configuration["dataFolder"]
            stage = self.stage
            self._enter("data")
            node = {"node": self._configuration["node"], "labels": self._configuration["labels"]}
            key = tuple(str(walk(node, name.split(".", 1), name)) for name in self._data_takes() if self._has(name))
            names = returned(self._functions["data"].target)
            self.outputs["data"] = self._clients.data(key, lambda: self._call("data")[0], names)
            self._enter(stage)
        return self.outputs["data"]

    def _has(self, name):
        """Whether the node has what a data stage takes of it: a label may be left to the parameter's default."""
        return "." not in name or name.split(".", 1)[1] in self._configuration["labels"]

    def _takes_train(self, stage):
        bindings = self._stages[stage].get("with", {})
        names = [parameter.name for parameter in self._functions[stage].parameters]
        return "train" in names or any(str(source).split(".")[0] == "$train" for source in bindings.values())

    def data_parts(self):
        """Name to value, once the data are there; name to nothing before, as far as the function tells; else None."""
        if "data" not in self._functions:
            return {}
        named = returned(self._functions["data"].target)
        if "data" in self.outputs:
            return parts_of(self.outputs["data"], {name: path for name, path in (named or {}).items() if path})
        if named and all(named.values()):
            return dict.fromkeys(named)
        return None

    def _ensure_model(self, anew=False):
        """Makes the model where there is none, and fits it where its parameters have no shapes otherwise. Whether it
        had its parameters by itself."""
        given = True
        if self._model is None and not anew and "model" in self._functions:
            self._model = self._clients.fitted()
            self._kind = None if self._model is None else kind_of(self._model)
        if self._model is None:
            stage = self.stage
            self._enter("model")
            self._model = self._call("model")[0]
            self._kind = kind_of(self._model, self._configuration["settings"])
            self._enter(stage)
        if self._kind.needs_fit and not self._kind.is_fitted(self._model):
            given = False
            if "train" not in self._functions:
                raise StageError("the model is not fitted, and train is a command: give a fitted one")
            self._fit_for_shapes()
        return given

    def _fit_for_shapes(self):
        stage, epochs = self.stage, self._epochs
        self._enter("train")
        print("fedops: one pass of train gives the model its shapes; its parameters are then replaced")
        self._epochs = 1
        model = self._model
        value = self._call("train")[0]
        self._epochs = epochs
        result = self._read("train", value, lambda item: self._kind.is_model(item, model))
        if result.model is not None:
            self._model = self._kind.adopt(result.model, model)
        self._kind.capture(self._model)
        self._kind.forget(self._model)
        self._clients.keep_fitted(self._model)
        self._enter(stage)

    def _ready_model(self, wanted):
        """Puts the global values into the model, and this node's own; gives the latter."""
        if self._model is None and self._stages["model"].get("command"):
            # A command's model is arrays by their names, as its file has them.
            self._model = {name: tensor.array(numpy_like(tensor)) for name, tensor in wanted.items()}
            self._kind = ArrayModels(self._model)
        self._ensure_model()
        if self._kind.needs_fit:
            self._kind.meet(self._model, wanted)
        shared, local = self._sharing.split(self._kind, self._model)
        self._compare(shared, wanted, "this node's model differs from the global one", local)
        self._model = self._kind.restore(self._model, self._sharing.put_back(local, wanted))
        self.outputs["model"] = self._model
        return local

    def _compare(self, found, wanted, what, local):
        texts = tensors.differences(found, wanted, local)
        if not texts:
            return
        hint = ""
        if any(" has shape " in text for text in texts):
            hint = getattr(self._kind, "shapes_hint", "")
        more = " and {} more".format(len(texts) - 5) if len(texts) > 5 else ""
        raise StageError("{}: {}{}{}".format(what, "; ".join(texts[:5]), more, hint))

    # MARK: calling

    def _enter(self, stage):
        """Failures and what is printed are of this stage from here on."""
        self.stage = stage
        self._channel.begin(stage)

    def _call(self, stage):
        function = self._functions[stage]
        names = Names(self, stage)
        bindings = self._stages[stage].get("with", {})
        try:
            arguments = fill(str(function), function.parameters, bindings, names)[0]
            if function.owner is not None:
                self._instances.make(function.owner, names)
        except Missing as error:
            raise StageError("{}: {}".format(function, error)) from None
        begin = time.monotonic()
        value = function.call(self._instances, arguments)
        return value, time.monotonic() - begin, names

    def _read(self, stage, value, is_model):
        function = self._functions[stage]
        try:
            names = returned(function.target)
            return results.read(value, names, "loss" if stage == "train" else "score", is_model)
        except StageError as error:
            raise StageError("{}: {}".format(function, error)) from None

    def _examples(self, stage, result, names):
        """The stage's own `examples`; what it gave back; the first part of the data that it took and that has a
        length."""
        reference = self._stages[stage].get("examples")
        if reference:
            value = names.reference(reference)
            length = results.length_of(value)
            return length if length is not None else results.count_of(value, reference)
        if result.examples is not None:
            return result.examples
        for value in names.taken_data():
            length = results.length_of(value)
            if length is not None:
                return length
        raise StageError(
            "{}: nothing tells the number of examples: give it back as examples in a dictionary, or name what has its "
            "length by examples: in the flow, such as examples: $data.0".format(self._functions[stage])
        )

    def value_of(self, source):
        if source == "data":
            return self._data()
        if source == "model":
            if self._model is None:
                self._ensure_model()
            return self._model
        if source == "train":
            if "train" not in self.outputs:
                raise Missing("$train: nothing was trained in this process yet")
            return self.outputs["train"]
        return {
            "settings": self._settings,
            "round": self._round,
            "epochs": self._epochs,
            "node": self._configuration["node"],
            "labels": self._configuration["labels"],
        }[source]

    @property
    def is_client(self):
        return self._configuration["role"] == "client"


class Names:
    """What the parameters of one stage can be given."""

    WORDS = ("round", "epochs", "node", "labels", "settings")

    def __init__(self, session, stage):
        self._session = session
        # What the strategy gives to train, before data and settings of the same name.
        self._words = session.strategy.words if stage == "train" else ()
        self._earlier = ORDER[: ORDER.index(stage)]
        self._taken = []

    def has(self, name):
        """None while only the data themselves can tell."""
        if name in self._earlier or name in self._words or name in self.WORDS or name in self._session.value_of("settings"):
            return True
        if "data" not in self._earlier:
            return False
        parts = self._session.data_parts()
        return None if parts is None else name in parts

    def has_after_all(self, name):
        """Gets the data, and then knows."""
        self._session.value_of("data")
        return self.has(name)

    def value(self, name):
        if name in self._earlier:
            value = self._session.value_of(name)
            if name == "data":
                self._took(value)
            return value
        if name in self._words:
            return self._session.strategy.value(name, self._session.value_of("model"))
        if "data" in self._earlier and name in (self._session.data_parts() or {}):
            self._session.value_of("data")
            value = self._session.data_parts()[name]
            self._taken.append(value)
            return value
        if name in self.WORDS:
            return self._session.value_of(name)
        return self._session.value_of("settings")[name]

    def listing(self):
        parts = self._session.data_parts() if "data" in self._earlier else {}
        settings = self._session.value_of("settings")
        return list(dict.fromkeys([*self._earlier, *(parts or {}), *self.WORDS, *self._words, *settings]))

    def bound(self, source, values, has_default):
        """What `with:` gives a parameter; a string that starts with `$$` stands for one with a `$`."""
        if not isinstance(source, str) or not source.startswith("$"):
            return source
        if source.startswith("$$"):
            return source[1:]
        name, path = split(source)
        if name == "labels" and path and path[0] not in self._session.value_of("labels"):
            if has_default:
                raise Unbound
            if values or self._session.is_client:
                known = ", ".join(sorted(self._session.value_of("labels"))) or "none"
                raise StageError("{}: this node has no such label (it has {})".format(source, known))
        if not values and (name in ORDER or name == "labels"):
            return None
        try:
            return self.reference(source)
        except Missing as error:
            raise StageError(str(error)) from None

    def reference(self, text):
        name, path = split(text)
        value = self._session.value_of(name)
        if name == "data" and path and isinstance(value, (tuple, list)) and path[0] in self._session.data_parts():
            value, rest = self._session.data_parts()[path[0]], path[1:]
        else:
            rest = path
        value = walk(value, rest, text)
        if name == "data":
            self._taken.append(value) if path else self._took(value)
        return value

    def taken_data(self):
        """The parts of the data that the stage was given, in the order of its parameters."""
        if not self._taken and "data" in self._session.outputs:
            self._took(self._session.outputs["data"])
        return self._taken

    def _took(self, data):
        parts = list(parts_of(data, None).values())
        if not parts and isinstance(data, tuple):
            parts = list(data)
        for part in parts:
            self._taken.extend(part if isinstance(part, tuple) else [part])
        if not parts:
            self._taken.append(data)


class Instances(dict):
    """One object for each class whose methods are stages; it lives as long as the worker."""

    def __init__(self, session):
        super().__init__()
        self._session = session

    @staticmethod
    def arguments(owner):
        return owner.__name__, parameters_of(owner)

    def make(self, owner, names):
        if owner not in self:
            subject, parameters = self.arguments(owner)
            positional, named = fill(subject, parameters, {}, names)[0]
            self[owner] = owner(*positional, **named)


def split(reference):
    name, _, rest = reference[1:].partition(".")
    return name, [rest] if name == "labels" and rest else [step for step in rest.split(".") if step]


def numpy_like(tensor):
    if tensor.dtype not in tensors.NUMPY:
        raise StageError("NumPy has no {}, which a tensor of the global model has".format(tensor.dtype))
    return np.empty(0, tensors.NUMPY[tensor.dtype])
