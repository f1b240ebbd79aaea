"""Reads the files in which Weights & Biases keeps a run: records of LevelDB's log format, each a message of protobuf.

The file begins with 7 bytes; blocks of 32 KiB follow (the first is shorter by these), of pieces with a header of 7 bytes:
CRC (4), length (2, little endian) and kind (1): whole, first, middle or last piece of a record.
https://github.com/google/leveldb/blob/main/doc/log_format.md
"""

import glob
import json
import os

from wandb.proto import wandb_internal_pb2

BLOCK = 32768
START = 7
HEADER = 7
WHOLE, FIRST, MIDDLE, LAST = 1, 2, 3, 4


def records(path):
    """What the file has up to its end, or to where a process was killed."""
    with open(path, "rb") as file:
        content = file.read()
    place = START
    parts = b""
    while place + HEADER <= len(content):
        left = BLOCK - place % BLOCK
        if left < HEADER:
            place += left
            continue
        length = int.from_bytes(content[place + 4 : place + 6], "little")
        kind = content[place + 6]
        piece = content[place + HEADER : place + HEADER + length]
        if kind not in (WHOLE, FIRST, MIDDLE, LAST) or len(piece) < length:
            return
        place += HEADER + length
        parts = piece if kind in (WHOLE, FIRST) else parts + piece
        if kind in (WHOLE, LAST):
            record = wandb_internal_pb2.Record()
            try:
                record.ParseFromString(parts)
            except Exception:  # torn: what comes behind can't be told either
                return
            yield record


def history(folder, key):
    """The rows of a run's history, as maps, from all files below `folder` in which it was kept offline."""
    rows = []
    pattern = os.path.join(glob.escape(folder), "wandb", f"*run-*-{glob.escape(key)}", "run-*.wandb")
    for path in sorted(glob.glob(pattern)):
        for record in records(path):
            if record.WhichOneof("record_type") == "history":
                row = {(item.key or "/".join(item.nested_key)): json.loads(item.value_json) for item in record.history.item}
                rows.append(row)
    return rows
