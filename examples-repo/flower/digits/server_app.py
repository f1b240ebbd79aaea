from flwr.app import Context
from flwr.serverapp import Grid, ServerApp
from flwr.serverapp.strategy import FedAvg

from digits.task import new_model, to_arrays

app = ServerApp()


@app.main()
def main(grid: Grid, context: Context) -> None:
    strategy = FedAvg(fraction_train=context.run_config["fraction-train"])
    result = strategy.start(
        grid=grid,
        initial_arrays=to_arrays(new_model()),
        num_rounds=context.run_config["num-server-rounds"],
    )
    print("final metrics:", result.evaluate_metrics_clientapp)
