from flwr.app import Context, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp

from digits.task import fit, from_arrays, load_data, score, to_arrays

app = ClientApp()


@app.train()
def train(msg: Message, context: Context):
    model = from_arrays(msg.content["arrays"])
    X, _, y, _ = load_data(context.node_config["partition-id"], context.node_config["num-partitions"])
    loss = fit(model, X, y, context.run_config["local-epochs"])
    metrics = MetricRecord({"train_loss": float(loss), "num-examples": len(y)})
    return Message(content=RecordDict({"arrays": to_arrays(model), "metrics": metrics}), reply_to=msg)


@app.evaluate()
def evaluate(msg: Message, context: Context):
    model = from_arrays(msg.content["arrays"])
    _, X, _, y = load_data(context.node_config["partition-id"], context.node_config["num-partitions"])
    loss, accuracy = score(model, X, y)
    metrics = MetricRecord({"eval_loss": float(loss), "eval_acc": float(accuracy), "num-examples": len(y)})
    return Message(content=RecordDict({"metrics": metrics}), reply_to=msg)
