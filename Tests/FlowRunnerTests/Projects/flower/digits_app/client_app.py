from flwr.app import Array, ArrayRecord, ConfigRecord, Context, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp

from digits_app import task

app = ClientApp()


def unpack(msg, context):
    weights = {name: array.numpy().copy() for name, array in msg.content["arrays"].items()}
    return weights, task.load_data(context.node_config["partition-id"], context.node_config["num-partitions"])


@app.train()
def train(msg: Message, context: Context):
    weights, (X, y, _, _) = unpack(msg, context)
    calls = context.state["calls"]["count"] + 1 if "calls" in context.state else 1
    context.state["calls"] = ConfigRecord({"count": calls})
    config = msg.content["config"]
    task.fit(weights, X, y, context.run_config["local-epochs"], config["rate"])
    loss, _ = task.score(weights, X, y)
    metrics = {
        "train_loss": float(loss),
        "num-examples": len(X),
        "calls": calls,
        "mu": config["proximal-mu"],
        "round": config["server-round"],
    }
    arrays = ArrayRecord({name: Array(value) for name, value in weights.items()})
    return Message(RecordDict({"arrays": arrays, "metrics": MetricRecord(metrics)}), reply_to=msg)


@app.evaluate()
def evaluate(msg: Message, context: Context):
    weights, (_, _, X, y) = unpack(msg, context)
    loss, accuracy = task.score(weights, X, y)
    metrics = {"eval_loss": float(loss), "eval_acc": float(accuracy), "num-examples": len(X)}
    return Message(RecordDict({"metrics": MetricRecord(metrics)}), reply_to=msg)
