import numpy as np
from flwr.client import ClientApp, NumPyClient
from flwr.common import Context


class Client(NumPyClient):
    """Finds the centre of its points."""

    def __init__(self, site):
        self.points = np.random.default_rng(site).normal(site, 0.1, (50, 2))
        self.centre = np.zeros(2)

    def get_parameters(self, config):
        return [self.centre, np.array(0)]

    def fit(self, parameters, config):
        centre, steps = parameters
        centre = centre + config["rate"] * (self.points.mean(0) - centre)
        return [centre, steps + 1], len(self.points), {"rate": config["rate"]}

    def evaluate(self, parameters, config):
        away = float(np.abs(self.points.mean(0) - parameters[0]).max())
        return away, len(self.points), {"near": float(away < 0.1)}


def client_fn(context: Context):
    return Client(context.node_config["partition-id"]).to_client()


app = ClientApp(client_fn=client_fn)
