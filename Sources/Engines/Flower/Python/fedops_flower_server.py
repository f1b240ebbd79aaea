"""The server node's runner: the ServerApp of every run, for as long as the manager keeps the run open.

It sends what the manager gives it and hands back each reply as it comes; the sum is the manager's. It keeps no model:
a reply is written to a file and dropped.
"""

import os
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

from fedops_flower import (
    FIRST_LOOK,
    LONGEST_LOOK,
    Channel,
    executor_client,
    pack,
    settings,
    task_client,
    unpack,
)
from flwr.app import Message
from flwr.common.constant import SUPERLINK_NODE_ID, SubStatus
from flwr.common.serde import run_from_proto
from flwr.proto.message_pb2 import ConfirmMessageReceivedRequest
from flwr.proto.node_pb2 import Node
from flwr.proto.runtime_pb2 import (
    AcquireTaskRequest,
    PullAppMessagesRequest,
    PullTaskInputRequest,
    PushTaskOutputRequest,
)
from flwr.supercore.constant import TaskType
from flwr.supercore.inflatable.inflatable_object import iterate_object_tree
from flwr.supercore.inflatable.inflatable_protobuf_utils import make_pull_object_fn_protobuf
from flwr.supercore.inflatable.inflatable_utils import inflate_object_from_contents, pull_objects
from flwr.supercore.task_identity import TaskIdentity
from flwr.superlink.grid import HttpGrid


class Run:
    """One run of Flower's, from its task to its end."""

    def __init__(self, given, token):
        self.grid = HttpGrid(given["address"], insecure=True, token=token)
        self.client, self.heartbeat = task_client(given, token, "flwr-serverapp")
        task = self.client.PullTaskInput(PullTaskInputRequest())
        TaskIdentity.task_id = task.task_id
        TaskIdentity.run_id = task.run.run_id
        TaskIdentity.node_id = task.context.node_id
        self.grid.set_run(run_from_proto(task.run))
        self.id = task.run.run_id

    def end(self, status, details=""):
        try:
            self.client.PushTaskOutput(PushTaskOutputRequest(sub_status=status, details=details))
        finally:
            self.let_go()

    def let_go(self):
        """Leaves the run's end to whoever stops it: from then on its token is good for nothing."""
        self.heartbeat.stop()
        self.client.close()
        self.grid.close()


class Runner:
    def __init__(self):
        self.settings = settings()
        self.channel = Channel()
        self.client = executor_client(self.settings)
        self.run = None
        # The node of each message whose reply is waited for, by the message's id.
        self.waited = {}
        self.lock = threading.Lock()
        self.changed = threading.Event()
        self.pool = ThreadPoolExecutor(4)

    def serve(self):
        threading.Thread(target=self.collect, daemon=True).start()
        self.channel.send(event="ready")
        for line in self.channel.lines():
            try:
                self.channel.send(id=line["id"], **getattr(self, line["op"])(line))
            except Exception as error:
                self.channel.send(id=line["id"], error=f"{type(error).__name__}: {error}")
        # The manager is gone: the run ends with it.
        os._exit(0)

    def open(self, line):
        """Takes the task of the run that the manager has started; any other run is ended as a failure."""
        self.close(line)
        wanted = AcquireTaskRequest(supported_task_types=[TaskType.SERVER_APP])
        pause, end = FIRST_LOOK, time.monotonic() + line["seconds"]
        while time.monotonic() < end:
            found = self.client.AcquireTask(wanted)
            if found.HasField("task") and found.token:
                run = Run(self.settings, found.token)
                if run.id == int(line["run"]):
                    self.run = run
                    return {}
                run.end(SubStatus.FAILED, "this SuperLink runs only what its manager starts")
                continue
            time.sleep(pause)
            pause = min(LONGEST_LOOK, pause * 2)
        raise TimeoutError(f"SuperLink gave no task of run {line['run']}")

    def close(self, line):
        run, self.run = self.run, None
        with self.lock:
            self.waited.clear()
        if run:
            run.let_go()
        return {}

    def send(self, line):
        """Sends one content to each node, and answers with the ids of the messages that SuperLink took."""
        content = pack(line["head"], line.get("file"))
        # Flower knows three categories of messages; making the first model is none of the two that it names.
        kind = "query.model" if line["type"] == "model" else line["type"]
        sent = {}
        for node in line["nodes"]:
            message = Message(content, int(node), kind, ttl=line["ttl"], group_id=line["group"])
            ids = list(self.run.grid.push_messages([message]))
            if ids and ids[0]:
                sent[node] = ids[0]
        with self.lock:
            self.waited.update({message: node for node, message in sent.items()})
        self.changed.set()
        return {"messages": sent}

    def drop(self, line):
        with self.lock:
            for message in line["dropped"]:
                self.waited.pop(message, None)
        return {}

    def collect(self):
        """Looks for replies, soon at first and then less often, for as long as any is waited for."""
        pause = FIRST_LOOK
        while True:
            with self.lock:
                run, waited = self.run, list(self.waited)
            if not run or not waited:
                self.changed.wait()
                self.changed.clear()
                pause = FIRST_LOOK
                continue
            try:
                found = run.client.PullMessages(PullAppMessagesRequest(message_ids=waited))
            except Exception as error:
                self.channel.send(event="broken", error=f"{type(error).__name__}: {error}")
                with self.lock:
                    self.waited.clear()
                continue
            for message, tree in zip(found.messages_list, found.message_object_trees, strict=True):
                with self.lock:
                    node = self.waited.pop(message.metadata.reply_to_message_id, None)
                if node is not None:
                    self.pool.submit(self.deliver, run, node, message, tree)
            pause = FIRST_LOOK if found.messages_list else min(LONGEST_LOOK / 5, pause * 1.5)
            if self.changed.wait(pause):
                self.changed.clear()
                pause = FIRST_LOOK

    def deliver(self, run, node, proto, tree):
        reply = {"event": "reply", "node": node, "message": proto.metadata.reply_to_message_id}
        try:
            contents = pull_objects(
                [part.object_id for part in iterate_object_tree(tree)],
                make_pull_object_fn_protobuf(run.client.PullObject, Node(node_id=SUPERLINK_NODE_ID), run.id),
                max_tries_per_object=None,
                initial_backoff=FIRST_LOOK,
                backoff_cap=LONGEST_LOOK,
            )
            run.client.ConfirmMessageReceived(
                ConfirmMessageReceivedRequest(
                    node=Node(node_id=SUPERLINK_NODE_ID),
                    run_id=run.id,
                    message_object_id=proto.metadata.message_id,
                )
            )
            message = inflate_object_from_contents(proto.metadata.message_id, contents)
            del contents
            if message.has_error():
                reply["error"] = message.error.reason or f"Flower's error {message.error.code}"
            else:
                file = os.path.join(self.settings["folder"], f"reply-{uuid.uuid4()}")
                reply["head"], reply["file"] = unpack(message.content, file)
        except Exception as error:
            reply["error"] = f"the reply could not be read: {type(error).__name__}: {error}"
        self.channel.send(**reply)


if __name__ == "__main__":
    Runner().serve()
