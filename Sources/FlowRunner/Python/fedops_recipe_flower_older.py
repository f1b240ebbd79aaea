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


def manager(count):
    """A ClientManager with so many clients, which are never called."""
    from flwr.server.client_manager import SimpleClientManager

    class StandIn(SimpleClientManager):
        def num_available(self):
            return count

        def wait_for(self, num_clients, timeout=0):
            return True

        def all(self):
            return {str(index): types.SimpleNamespace(cid=str(index), properties={}) for index in range(count)}

        def sample(self, num_clients, min_num_clients=None, criterion=None):
            return list(self.all().values())[: max(num_clients, 1)]

    return StandIn()
