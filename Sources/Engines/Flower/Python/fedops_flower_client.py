"""The client node's runner: takes each message that SuperNode has pulled to the manager, and back what that answers.

Nothing of an app bundle (FAB) runs here, not even of ours: the stage runs in the manager's own worker, after the
manager has held the message's ticket against what is active on the node.
"""

import hashlib
import os
import queue
import threading
import uuid

from fedops_flower import Channel, executor_client, pack, settings, task_client, unpack
from flwr.app import Error, Message
from flwr.common.constant import ErrorCode, SubStatus
from flwr.proto.runtime_pb2 import AcquireTaskRequest
from flwr.supercore.constant import TaskType
from flwr.supernode.runtime.run_clientapp import pull_task_input, push_message, push_task_output

# The manager tells when a message has come; a look without being told makes up for a nudge that was lost.
LOOK = 1.0


class Runner:
    def __init__(self):
        self.settings = settings()
        self.channel = Channel()
        self.client = executor_client(self.settings)
        self.nudges = queue.Queue()
        self.answers = {}
        self.number = 0

    def run(self):
        threading.Thread(target=self.listen, daemon=True).start()
        self.channel.send(event="ready")
        # The first one comes when SuperNode listens.
        self.nudges.get()
        supported = AcquireTaskRequest(supported_task_types=[TaskType.CLIENT_APP])
        while True:
            try:
                self.nudges.get(timeout=LOOK)
            except queue.Empty:
                pass
            while True:
                found = self.client.AcquireTask(supported)
                if not (found.HasField("task") and found.token):
                    break
                self.work(found.token)

    def listen(self):
        for line in self.channel.lines():
            if line.get("op") == "look":
                self.nudges.put(None)
            elif "id" in line:
                waiting = self.answers.pop(line["id"], None)
                if waiting:
                    waiting.put(line)
        # The manager is gone, and with it whatever could answer.
        os._exit(0)

    def work(self, token):
        client, heartbeat = task_client(self.settings, token, "flwr-clientapp")
        context, status, details = None, SubStatus.FAILED, "the runner could not take the message"
        try:
            message, context, run, fab = pull_task_input(client)
            reply = self.reply(message, run, fab)
            if reply.has_error():
                details = reply.error.reason
            else:
                status, details = SubStatus.COMPLETED, ""
            push_message(client, reply, context)
        finally:
            push_task_output(client, context, status, details)
            heartbeat.stop()
            client.close()

    def reply(self, message, run, fab):
        got = hashlib.sha256(fab.content).hexdigest()
        if got != self.settings["fab"]:
            return refusal(message, f"this node runs only the app {self.settings['fab']}, not {got}", ErrorCode.INVALID_FAB)
        given = os.path.join(self.settings["folder"], f"in-{uuid.uuid4()}")
        answer = {}
        try:
            head, file = unpack(message.content, given)
            answer = self.ask(stage=message.metadata.message_type.removeprefix("query."), head=head, file=file)
            if "error" in answer:
                return refusal(message, answer["error"])
            return Message(pack(answer["head"], answer.get("file")), reply_to=message)
        except Exception as error:
            return refusal(message, f"the runner: {type(error).__name__}: {error}")
        finally:
            # The answer's file is this runner's as well.
            for file in filter(None, [given, answer.get("file")]):
                if os.path.exists(file):
                    os.remove(file)

    def ask(self, **fields):
        self.number += 1
        waiting = self.answers[self.number] = queue.Queue()
        self.channel.send(id=self.number, **fields)
        return waiting.get()


def refusal(message, reason, code=ErrorCode.CLIENT_APP_RAISED_EXCEPTION):
    return Message(Error(code=code, reason=reason), reply_to=message)


if __name__ == "__main__":
    Runner().run()
