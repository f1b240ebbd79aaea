import flwr as fl
import numpy as np
from flwr.client import NumPyClient

weights = np.zeros(3)


class Client(NumPyClient):
    def get_parameters(self, config):
        return [weights]

    def fit(self, parameters, config):
        return [parameters[0] + 1], 10, {}

    def evaluate(self, parameters, config):
        return 0.0, 10, {}


fl.client.start_numpy_client(server_address="127.0.0.1:8080", client=Client())
