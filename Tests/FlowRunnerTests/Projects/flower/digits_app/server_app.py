from flwr.app import Array, ArrayRecord, ConfigRecord, Context
from flwr.serverapp import Grid, ServerApp
from flwr.serverapp.strategy import FedProx

from digits_app import task

app = ServerApp()


@app.main()
def main(grid: Grid, context: Context) -> None:
    arrays = ArrayRecord({name: Array(value) for name, value in task.new_weights().items()})
    strategy = FedProx(fraction_train=1.0, proximal_mu=0.1)
    result = strategy.start(
        grid=grid,
        initial_arrays=arrays,
        train_config=ConfigRecord({"rate": context.run_config["optimizer.rate"]}),
        num_rounds=context.run_config["num-server-rounds"],
    )
    print("finished with", len(result.arrays))
