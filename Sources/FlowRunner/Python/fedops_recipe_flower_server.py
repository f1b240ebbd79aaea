"""What a Flower app's ServerApp tells without a round: its first arrays, and what its strategy writes into messages."""

import contextlib
import logging
import types

from fedops_failures import StageError
from fedops_names import bring

NODES = 100


def flwr():
    try:
        import flwr.app
        import flwr.serverapp.strategy
    except ModuleNotFoundError as error:
        if error.name and error.name.split(".")[0] == "flwr":
            raise StageError("flwr of 1.23 or newer is not in this node's environment: add it to the requirements") from None
        raise
    return flwr.app


def older():
    return bring("flower_older")


def identify(node):
    """Messages that are made in this process are this node's."""
    try:
        from flwr.supercore.task_identity import TaskIdentity
    except ImportError:  # before 1.30
        return
    TaskIdentity.task_id, TaskIdentity.run_id, TaskIdentity.node_id = 1, 1, node


def message(content, node, kind):
    return flwr().Message(content=content, dst_node_id=node, message_type=kind)


def records_of(model):
    app = flwr()
    return app.ArrayRecord({name: app.Array(array) for name, array in model.items()})


def arrays_of(content, key):
    records = content.array_records
    if key not in records and len(records) != 1:
        raise StageError(
            "the ClientApp's reply has {} records of arrays ({}); one is averaged".format(
                len(records), ", ".join(records) or "none"
            )
        )
    return plain(records[key] if key in records else next(iter(records.values())))


def plain(record):
    return {name: array.numpy() for name, array in record.items()}


def flat(config, prefix=""):
    found = {}
    for key, value in config.items():
        found.update(flat(value, prefix + key + ".") if isinstance(value, dict) else {prefix + key: value})
    return found


class Started(BaseException):
    """Carries out of the ServerApp what it would start its rounds with; no `except Exception` stops it."""

    def __init__(self, strategy, arrays, train=None, evaluate=None):
        self.strategy, self.arrays, self.configs = strategy, arrays, {"train": train, "evaluate": evaluate}


class Answer:
    """`arrays` by name or None; `reason` says why not."""

    def __init__(self, strategy=None, arrays=None, configs=None, reason=""):
        self.strategy, self.arrays, self.reason = strategy, arrays, reason
        self._configs = configs or {}
        self.array_key = getattr(strategy, "arrayrecord_key", "arrays")
        self.weight_key = getattr(strategy, "weighted_by_key", "num-examples")

    def content(self, kind, number, model):
        """A message's content: what the strategy configures for one node, else arrays and the round alone."""
        app = flwr()
        arrays = records_of(model)
        config = app.ConfigRecord(dict(self._configs.get(kind) or {}))
        configure = getattr(self.strategy, "configure_" + kind, None)
        with quiet():
            for nodes in (least(self.strategy), NODES) if configure is not None else ():
                for sent in configure(number, arrays, config, stand_in(nodes)):
                    return sent.content
        config["server-round"] = number
        return app.RecordDict({self.array_key: arrays, getattr(self.strategy, "configrecord_key", "config"): config})

    def aggregated(self, number, base, updates):
        """The arrays that the strategy makes of the updates by name, or None. It is told of the base first, as in
        Flower, where it configures a round before it aggregates it: some hold the replies against that."""
        app, strategy = flwr(), self.strategy
        config = app.ConfigRecord(dict(self._configs.get("train") or {}))
        with quiet():
            nodes = stand_in(max(len(updates), least(strategy)))
            sent = list(strategy.configure_train(number, records_of(base), config, nodes))
            replies = []
            for place, update in enumerate(updates, 1):
                content = sent[0].content if sent else app.RecordDict()
                metrics = app.MetricRecord({**update["metrics"], self.weight_key: update["examples"]})
                reply = app.RecordDict({self.array_key: records_of(update["arrays"]), "metrics": metrics})
                identify(place)
                replies.append(app.Message(reply, reply_to=message(content, place, "train")))
            made, _ = strategy.aggregate_train(number, replies)
        return None if made is None else plain(made)

    def fit_config(self, number, model):
        with quiet():
            return older().configured(self.strategy, "fit", number, model)

    def evaluate_config(self, number, model):
        with quiet():
            return older().configured(self.strategy, "evaluate", number, model)


@contextlib.contextmanager
def quiet():
    """What a strategy logs of nodes that are only stood in for would mislead."""
    logger = logging.getLogger("flwr")
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)


def least(strategy):
    """So many nodes as the strategy waits for."""
    found = [value for name, value in vars(strategy).items() if name.startswith("min_") and isinstance(value, int)]
    return max([1, *found])


def ask(load, context):
    """Runs the ServerApp to the point where its strategy would start, or where it would send its first message."""
    try:
        app = load()
        with quiet():
            if getattr(app, "_main", None) is None:
                return Answer(*older().components(app, context))
            return started(app, context)
    except StageError as error:
        reason = str(error)
    except Exception as error:  # the server's code may want what only a server has
        reason = "{}: {}".format(type(error).__name__, error)
    print("fedops: the ServerApp can't be asked here, so messages carry the round alone: " + reason)
    return Answer(reason=" ({})".format(reason))


def started(app, context):
    from flwr.serverapp.strategy import Strategy

    def start(strategy, grid, initial_arrays, *_, train_config=None, evaluate_config=None, **__):
        raise Started(strategy, initial_arrays, train_config, evaluate_config)

    kept, Strategy.start = Strategy.start, start
    try:
        app(stand_in(NODES), context)
    except Started as found:
        arrays = None if found.arrays is None else plain(found.arrays)
        return Answer(found.strategy, arrays, found.configs)
    finally:
        Strategy.start = kept
    return Answer(reason=" (it ended without starting a strategy)")


def stand_in(count):
    """A Grid that has so many nodes, and ends the ServerApp at its first message."""
    from flwr.serverapp import Grid

    def stop(self, messages, *_, **__):
        for sent in messages:
            raise Started(None, next(iter(sent.content.array_records.values()), None))
        raise Started(None, None)

    def new(self, content, message_type, dst_node_id, group_id, ttl=None):
        return message(content, dst_node_id, message_type)

    members = {
        "set_run": lambda self, run: None,
        "run": property(lambda self: types.SimpleNamespace(run_id=1)),
        "create_message": new,
        "get_node_ids": lambda self: list(range(1, count + 1)),
        "push_messages": stop,
        "pull_messages": lambda self, message_ids: [],
        "send_and_receive": stop,
    }
    members.update({name: lambda self, *_, **__: None for name in Grid.__abstractmethods__ if name not in members})
    return type("StandIn", (Grid,), members)()
