"""The four stages of a Flower app, client side: messages to its ClientApp, as a SuperNode would hand them in.

Of https://flower.ai, tested with flwr 1.41: ClientApps of messages (`@app.train()`) and the older `client_fn` of NumPyClients.
The engine averages; of the app's ServerApp only the first arrays and what its strategy writes into the messages are taken.
"""

import hashlib
import os

import numpy as np

from fedops_failures import StageError
from fedops_names import bring, load, nearest

os.environ.setdefault("FLWR_TELEMETRY_ENABLED", "0")
server = bring("flower_server")
kept = {}


def data(settings, labels, node, **arguments):
    """The app's Context on this node, which lives as long as the worker, its `state` with it.

    `node_config` has the node's labels and what `with:` gives (`partition_id` as `partition-id`), whole numbers as such;
    `run_config` has `[tool.flwr.app.config]`, and the flow's settings of the same names over it.
    """
    config = {name: value(text) for name, text in labels.items()}
    config.update({name.replace("_", "-"): value(given) for name, given in arguments.items()})
    made = context(settings, node, config)
    known = {name.replace("-", "_") for name in made.run_config}
    for key in server.flat(settings):
        if key.replace("-", "_") not in known:
            print("fedops: the app's config has no {}, which settings gives{}".format(key, nearest(key, made.run_config)))
    return made


def model(data, settings):
    """The first arrays by name: the ServerApp's, as it would start its rounds; where it has none, the ClientApp's."""
    found = asked(settings)
    if found.arrays is not None:
        print("fedops: the first model is that of the ServerApp")
        return found.arrays
    if not is_older(client_app()):
        raise StageError(
            "{} gives no initial arrays, and a ClientApp of messages has none of its own: the first model is the "
            "initial_arrays that the ServerApp starts its strategy with{}".format(name_of("serverapp"), found.reason)
        )
    print("fedops: the first model is that of the ClientApp (get_parameters)")
    return server.older().first(send, client_app(), data)


def train(model, data, round, settings):
    app = client_app()
    if is_older(app):
        arrays, examples, metrics = server.older().fit(send, app, data, model, asked(settings).fit_config(round, model))
    else:
        found = asked(settings)
        content = found.content("train", round, model)
        reply = send(app, data, content, "train")
        arrays = server.arrays_of(reply, found.array_key)
        examples, metrics = measured(reply, found.weight_key)
    differing = sorted(set(arrays) ^ set(model))
    if differing:
        raise StageError(
            "the ClientApp gave other arrays back than the global model has: {}{}".format(
                ", ".join(differing[:5]), " and {} more".format(len(differing) - 5) if len(differing) > 5 else ""
            )
        )
    return {"model": {name: arrays[name] for name in model}, "examples": examples, **metrics}


def evaluate(model, data, round, settings):
    app = client_app()
    found = asked(settings)
    if is_older(app):
        loss, examples, metrics = server.older().evaluate(send, app, data, model, found.evaluate_config(round, model))
        return {"loss": loss, "examples": examples, **metrics}
    if "evaluate.default" not in getattr(app, "_registered_funcs", {"evaluate.default": None}):
        if "told" not in kept:
            print("fedops: the ClientApp has no @app.evaluate(): rounds have no metrics of their own")
        kept["told"] = True
        return {"examples": 1}
    reply = send(app, data, found.content("evaluate", round, model), "evaluate")
    examples, metrics = measured(reply, found.weight_key)
    return {"examples": examples, **metrics}


def measured(reply, weight_key):
    metrics = {}
    for record in reply.metric_records.values():
        metrics.update(record)
    if weight_key not in metrics:
        raise StageError(
            "the metrics of the ClientApp's reply have no {} ({}), which weighs its update".format(
                weight_key, ", ".join(sorted(metrics)) or "none at all"
            )
        )
    return metrics.pop(weight_key), metrics


def send(app, context, content, kind):
    """The content of the app's reply."""
    message = server.message(content, context.node_id, kind)
    try:
        reply = app(message, context)
    except KeyError as error:
        key = error.args[0] if error.args else None
        if key in ("partition-id", "num-partitions") and key not in context.node_config:
            raise StageError(
                "the app reads {0} of its node_config, which this node has not: give each client node the labels "
                "partition-id (0, 1, …) and num-partitions, or bind {1} by with: of the data stage".format(
                    key, key.replace("-", "_")
                )
            ) from None
        raise
    if reply.has_error():
        raise StageError("the ClientApp replied with an error: {}".format(reply.error.reason))
    return reply.content


def client_app():
    if "client" not in kept:
        kept["client"] = component("clientapp")
    return kept["client"]


def is_older(app):
    """Whether it wraps a `client_fn`, so that its messages are fit and evaluate instructions."""
    return getattr(app, "_call", None) is not None


def asked(settings):
    if "server" not in kept:
        kept["server"] = server.ask(lambda: component("serverapp"), context(settings, "server", {}))
    return kept["server"]


def context(settings, node, config):
    flwr = server.flwr()
    run = server.flat(project().get("config", {}))
    given = {key.replace("-", "_"): setting for key, setting in server.flat(settings).items()}
    run.update({key: given[key.replace("-", "_")] for key in run if key.replace("-", "_") in given})
    number = int.from_bytes(hashlib.sha256(node.encode()).digest()[:7], "big")
    server.identify(number)
    return flwr.Context(run_id=1, node_id=number, node_config=config, state=flwr.RecordDict(), run_config=run)


def project():
    if "project" not in kept:
        if not os.path.exists("pyproject.toml"):
            raise StageError("there is no pyproject.toml in the flow's folder, which a Flower app has")
        try:
            import tomllib
        except ModuleNotFoundError:  # Python 3.10, where flwr brings it
            import tomli as tomllib
        with open("pyproject.toml", "rb") as file:
            found = tomllib.load(file).get("tool", {}).get("flwr", {}).get("app")
        if not isinstance(found, dict):
            raise StageError("pyproject.toml has no [tool.flwr.app]")
        kept["project"] = found
    return kept["project"]


def name_of(part):
    reference = project().get("components", {}).get(part)
    if not isinstance(reference, str) or ":" not in reference:
        raise StageError("pyproject.toml names no {} under [tool.flwr.app.components], such as pkg.app:app".format(part))
    return reference


def component(part):
    module, name = name_of(part).split(":", 1)
    server.flwr()
    holder = load(module, ".")
    if not hasattr(holder, name):
        raise StageError("{}: there is no {} in {}{}".format(name_of(part), name, module, nearest(name, vars(holder))))
    return getattr(holder, name)


def value(given):
    """Labels are texts; what is a number is meant as one."""
    if not isinstance(given, str):
        return given.item() if isinstance(given, np.generic) else given
    for kind in (int, float):
        try:
            return kind(given)
        except ValueError:
            continue
    return given
