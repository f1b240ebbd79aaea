"""What is told of a failure: one line for people, and the frames of the user's code."""

import importlib
import os
import traceback

LIMIT = 64 << 10


class StageError(Exception):
    """Something that the flow or what its code gave makes impossible; the message says what to do."""


def describe(error, stage, folder, adapter):
    """A failure for the manager. Paths under the flow's folder become relative to it."""
    if isinstance(error, StageError):
        return {"stage": stage, "kind": "invalid", "message": one_line(str(error))}
    try:
        frames = user_frames(error, adapter)
        error.__traceback__ = first_user_traceback(error, adapter)
        text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        place = ""
        if frames:
            last = next((f for f in reversed(frames) if inside(f.filename, folder)), frames[-1])
            place = " ({}:{} in {})".format(relative(last.filename, folder), last.lineno, last.name)
        words = str(error)
        if isinstance(error, SyntaxError) and error.filename:
            words = error.msg
            place = " ({}:{})".format(relative(error.filename, folder), error.lineno)
        message = "{}: {}".format(type(error).__name__, words) if words else type(error).__name__
    except BaseException:  # the exception's own code may fail in turn
        text, place, message = "", "", type(error).__name__
    text = text.replace(os.path.join(folder, ""), "")
    if len(text) > LIMIT:
        text = text[: LIMIT // 2] + "\n…\n" + text[-LIMIT // 2 :]
    return {"stage": stage, "kind": "exception", "message": one_line(message) + place, "traceback": text.rstrip()}


def one_line(text):
    line = " ".join(text.split())
    return line if len(line) <= 2000 else line[:2000] + "…"


def user_frames(error, adapter):
    return [frame for frame in traceback.extract_tb(error.__traceback__) if is_users(frame.filename, adapter)]


def first_user_traceback(error, adapter):
    trace = error.__traceback__
    while trace is not None and not is_users(trace.tb_frame.f_code.co_filename, adapter):
        trace = trace.tb_next
    return trace


def is_users(filename, adapter):
    imports = filename.startswith("<frozen importlib") or inside(filename, os.path.dirname(importlib.__file__))
    return not imports and not inside(filename, adapter)


def inside(filename, folder):
    return filename.startswith(os.path.join(folder, ""))


def relative(filename, folder):
    return os.path.relpath(filename, folder) if inside(filename, folder) else filename
