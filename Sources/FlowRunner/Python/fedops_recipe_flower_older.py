"""Flower's older form: a `client_fn` that gives a NumPyClient, a strategy of fit and evaluate instructions."""

import types

from fedops_failures import StageError


def compat():
    from flwr.compat.common import recorddict_compat

    return recorddict_compat


def common():
    import flwr.common

    return flwr.common


def parameters(model):
    return common().ndarrays_to_parameters(list(model.values()))


def named(given):
    """Such clients know arrays by their positions."""
    return {str(index): array for index, array in enumerate(common().parameters_to_ndarrays(given))}


def first(send, app, context):
    content = compat().getparametersins_to_recorddict(common().GetParametersIns(config={}))
    result = compat().recorddict_to_getparametersres(send(app, context, content, "get_parameters"), keep_input=True)
    arrays = named(result.parameters) if result.status.code == common().Code.OK else {}
    if not arrays:
        raise StageError(
            "neither the ServerApp (initial_parameters) nor the client (get_parameters) has first arrays: {}".format(
                result.status.message
            )
        )
    return arrays


def fit(send, app, context, model, config):
    content = compat().fitins_to_recorddict(common().FitIns(parameters(model), config), keep_input=True)
    result = compat().recorddict_to_fitres(send(app, context, content, "train"), keep_input=True)
    check(result.status)
    return named(result.parameters), result.num_examples, dict(result.metrics)


def evaluate(send, app, context, model, config):
    content = compat().evaluateins_to_recorddict(common().EvaluateIns(parameters(model), config), keep_input=True)
    result = compat().recorddict_to_evaluateres(send(app, context, content, "evaluate"))
    check(result.status)
    return result.loss, result.num_examples, dict(result.metrics)


def check(status):
    if status.code != common().Code.OK:
        raise StageError("the client answered {}: {}".format(status.code.name, status.message))


def components(app, context):
    """The strategy of a `server_fn`, and the arrays that it starts with."""
    if app._server_fn is not None:
        found = app._server_fn(context)
        strategy = found.strategy or getattr(found.server, "strategy", None)
    else:
        strategy = app._strategy or getattr(app._server, "strategy", None)
    if strategy is None:
        return None, None
    given = strategy.initialize_parameters(manager(1))
    return strategy, None if given is None else named(given)


def configured(strategy, kind, number, model):
    """The configuration that the strategy gives a client in that round."""
    configure = getattr(strategy, "configure_" + kind, None)
    if configure is None:
        return {}
    for _, instructions in configure(number, parameters(model), manager(100)):
        return dict(instructions.config)
    return {}


def aggregated(strategy, number, base, updates):
    """The arrays that the strategy makes of the updates by position, or None."""
    order = sorted(base, key=int)
    # Where strategies of Flower's have the model that the round started from.
    if hasattr(strategy, "current_weights"):
        strategy.current_weights = [base[name] for name in order]
    if getattr(strategy, "initial_parameters", None) is not None:
        strategy.initial_parameters = parameters({name: base[name] for name in order})
    strategy.configure_fit(number, parameters({name: base[name] for name in order}), manager(len(updates)))
    results = [(client(update["node"]), fitted(update, order)) for update in updates]
    made, _ = strategy.aggregate_fit(number, results, [])
    return None if made is None else named(made)


def fitted(update, order):
    status = common().Status(common().Code.OK, "")
    arrays = parameters({name: update["arrays"][name] for name in order})
    return common().FitRes(status, arrays, update["examples"], dict(update["metrics"]))


def client(node):
    return types.SimpleNamespace(cid=node, properties={})


def manager(count):
    """A ClientManager with so many clients, which are never called."""
    from flwr.server.client_manager import SimpleClientManager

    class StandIn(SimpleClientManager):
        def num_available(self):
            return count

        def wait_for(self, num_clients, timeout=0):
            return True

        def all(self):
            return {str(index): client(str(index)) for index in range(count)}

        def sample(self, num_clients, min_num_clients=None, criterion=None):
            return list(self.all().values())[: max(num_clients, 1)]

    return StandIn()
