"""The server side of the app that Flower runs by hand: FedAvg, and the model evaluated here after each round."""

import json
import time
from collections import OrderedDict

from flwr.app import Array, ArrayRecord, MetricRecord
from flwr.serverapp import ServerApp
from flwr.serverapp.strategy import FedAvg

from bench import workload

app = ServerApp()


@app.main()
def main(grid, context):
    def evaluate(number, arrays):
        model = {name: array.numpy() for name, array in arrays.items()}
        metrics = workload.score(model, **workload.load("server"))
        with open(context.run_config["times"], "a", encoding="utf-8") as file:
            file.write(json.dumps({"round": number, "time": time.time(), **metrics}) + "\n")
        return MetricRecord(metrics)

    strategy = FedAvg(fraction_evaluate=0.0, min_train_nodes=3, min_available_nodes=3)
    first = ArrayRecord(OrderedDict((name, Array(values)) for name, values in workload.make().items()))
    strategy.start(grid, first, num_rounds=context.run_config["rounds"], evaluate_fn=evaluate)
