"""FedOps' adapter: calls the functions that a flow names, as the manager asks, in one warm process.

Started by the manager as `python <this folder> <configuration>`. Needs nothing but the standard library and NumPy.
"""

import faulthandler
import json
import os
import sys

from fedops_channel import Channel
from fedops_failures import describe
from fedops_stages import Session


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        configuration = json.load(file)
    adapter = sys.path[0]
    channel = Channel(configuration["token"])
    # Of a crash, and of the SIGABRT that ends a hang, this prints where the code was.
    faulthandler.enable(file=channel.errors, all_threads=True)
    limit_core()
    sys.path[:1] = [place for place in (configuration.get("path"), configuration["folder"]) if place]
    sys.argv = ["fedops"]
    session = Session(configuration, channel)
    for request in channel.requests():
        if request["operation"] == "stop":
            return 0
        channel.arm()
        try:
            answer = session.perform(request)
        except BaseException as error:  # also SystemExit and KeyboardInterrupt: the code failed, the worker goes on
            answer = {"failure": describe(error, session.stage, configuration["folder"], adapter)}
        channel.disarm()
        channel.answer(request["id"], answer)
    # The manager is gone: what the stages may have left running goes too.
    channel.end_group()
    return 0


def limit_core():
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    except (ImportError, OSError, ValueError):
        pass


if __name__ == "__main__":
    code = main()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            pass
    if code:
        os._exit(code)
