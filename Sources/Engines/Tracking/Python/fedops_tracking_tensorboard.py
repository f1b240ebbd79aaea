"""Rounds as TensorBoard's event files, one folder for each run."""

import glob
import os

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.plugins.text import summary_v2
from tensorboard.summary.writer.event_file_writer import EventFileWriter

MARK = "round/epoch"


class TensorBoard:
    def __init__(self, configuration):
        self.folder = configuration["folder"]
        self.writer = None

    def open(self, account):
        folder = os.path.join(self.folder, account["run"]["key"])
        self.last = last(folder)
        self.writer = EventFileWriter(folder)

    def log(self, account):
        # A round is one record of the file, whole or not there.
        if account["round"] > self.last:
            values = [
                summary_pb2.Summary.Value(tag=name, simple_value=value) for name, value in sorted(account["metrics"].items())
            ]
            text = table({**account["parameters"], **account["tags"]})
            values += summary_v2.text_pb("run/parameters", text).value
            self.writer.add_event(
                event_pb2.Event(
                    wall_time=account["ended"], step=account["round"], summary=summary_pb2.Summary(value=values)
                )
            )
            self.writer.flush()
            for file in glob.glob(os.path.join(glob.escape(self.writer.get_logdir()), "events.*")):
                with open(file, "rb") as events:
                    os.fsync(events.fileno())
            self.last = account["round"]
        return [account["epoch"]]

    def close(self):
        self.writer.close()
        self.writer = None


def last(folder):
    """The latest round that the folder's event files have; 0 where there is none."""
    if not os.path.isdir(folder):
        return 0
    events = EventAccumulator(folder, size_guidance={"scalars": 0, "tensors": 1})
    events.Reload()
    if MARK not in events.Tags()["scalars"]:
        return 0
    return max(event.step for event in events.Scalars(MARK))


def table(values):
    rows = [f"| {name} | {cell(value)} |" for name, value in sorted(values.items())]
    return "\n".join(["| name | value |", "| --- | --- |"] + rows)


def cell(value):
    return " ".join(str(value).replace("|", "\\|").split())
