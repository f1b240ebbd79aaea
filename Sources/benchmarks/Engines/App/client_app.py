"""The client side of the app that Flower runs by hand."""

from collections import OrderedDict

from flwr.app import Array, ArrayRecord, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp

from bench import workload

app = ClientApp()


@app.train()
def train(message, context):
    model = {name: array.numpy().copy() for name, array in message.content["arrays"].items()}
    data = workload.load(context.node_config["name"])
    metrics = workload.fit(model, **data)
    content = RecordDict(
        {
            "arrays": ArrayRecord(OrderedDict((name, Array(values)) for name, values in model.items())),
            "metrics": MetricRecord({**metrics, "num-examples": len(data["x"])}),
        }
    )
    return Message(content, reply_to=message)
