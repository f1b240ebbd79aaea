"""What both runners share: the lines to and from the manager, and models as records of Flower's messages."""

import json
import os
import sys
import threading
from collections import OrderedDict

from flwr.app import Array, ArrayRecord, ConfigRecord, RecordDict
from flwr.supercore.heartbeat import HeartbeatSender, make_task_heartbeat_fn_http
from flwr.supercore.interceptors import (
    RuntimeTokenHttpInterceptor,
    RuntimeVersionHttpInterceptor,
    SuperExecAuthHttpInterceptor,
)
from flwr.supercore.retry import make_simple_http_retry_invoker
from flwr.supercore.runtime import RuntimeHttpClient

# A model travels as the bytes of its safetensors file: what arrives has the digest of what was sent.
MODEL_STYPE = "fedops.safetensors"
# Seconds between two looks for an object that is still on its way.
FIRST_LOOK, LONGEST_LOOK = 0.02, 0.5


class Channel:
    """One JSON object a line, over the standard input and output that the manager gave."""

    def __init__(self):
        self._out = os.fdopen(os.dup(1), "wb", buffering=0)
        self._in = os.fdopen(os.dup(0), "rb")
        # Flower and its libraries print; that goes to the manager's log.
        os.dup2(2, 1)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        self._lock = threading.Lock()

    def send(self, **fields):
        line = json.dumps(fields, separators=(",", ":")).encode() + b"\n"
        with self._lock:
            view = memoryview(line)
            while view:
                view = view[self._out.write(view):]

    def lines(self):
        """Every line until the manager is gone."""
        for line in self._in:
            yield json.loads(line)


def settings():
    """What the manager wrote for this runner."""
    with open(sys.argv[1], encoding="utf-8") as file:
        return json.load(file)


def executor_client(given):
    """A client that may ask for tasks: the secret keeps everybody else on this machine from it."""
    with open(given["secret"], "rb") as file:
        secret = file.read()
    return RuntimeHttpClient.from_server_address(
        server_address=given["address"],
        insecure=True,
        root_certificates=None,
        interceptors=[
            RuntimeVersionHttpInterceptor(component_name="SuperExec"),
            SuperExecAuthHttpInterceptor(
                master_secret=secret, protected_methods={"/flwr.proto.Runtime/AcquireTask"}
            ),
        ],
        retry_invoker=make_simple_http_retry_invoker(),
    )


def task_client(given, token, name):
    """A client for one task, and the heartbeat that keeps the task alive."""
    client = RuntimeHttpClient.from_server_address(
        server_address=given["address"],
        insecure=True,
        root_certificates=None,
        interceptors=[
            RuntimeVersionHttpInterceptor(component_name=name),
            RuntimeTokenHttpInterceptor(token),
        ],
        # Flower's own retrying interrupts this process where a run that was stopped refuses its token.
        retry_invoker=None,
    )
    heartbeat = HeartbeatSender(make_task_heartbeat_fn_http(client))
    heartbeat.start()
    return client, heartbeat


def pack(head, file):
    """A message's content: the head's texts, and the model in `file` where there is one."""
    content = RecordDict({"head": ConfigRecord({name: str(value) for name, value in head.items()})})
    if file:
        with open(file, "rb") as source:
            data = source.read()
        array = Array(dtype="uint8", shape=(len(data),), stype=MODEL_STYPE, data=data)
        content["model"] = ArrayRecord(OrderedDict(model=array))
    return content


def unpack(content, file):
    """The head of a message's content, and `file` where it had a model, which is written there."""
    head = {name: str(value) for name, value in content["head"].items()}
    if "model" not in content:
        return head, None
    array = content["model"]["model"]
    if array.stype != MODEL_STYPE:
        raise ValueError(f"the model is {array.stype!r}, not {MODEL_STYPE!r}")
    with open(file, "wb") as target:
        target.write(array.data)
    return head, file
