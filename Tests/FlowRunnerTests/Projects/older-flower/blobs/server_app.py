from flwr.common import Context
from flwr.server import ServerApp, ServerAppComponents, ServerConfig
from flwr.server.strategy import FedAvg


def fit_config(server_round):
    return {"rate": 1 / server_round}


def server_fn(context: Context):
    strategy = FedAvg(min_available_clients=2, on_fit_config_fn=fit_config)
    return ServerAppComponents(strategy=strategy, config=ServerConfig(num_rounds=context.run_config["num-server-rounds"]))


app = ServerApp(server_fn=server_fn)
