"""Starts one of Flower's programs, and ends it with the manager: when standard input ends, so does this process."""

import os
import sys
import threading
import time

# Seconds: SuperNode sleeps for 0.5 between two looks for a reply, which it only reads from its own memory, and for 3 after
# it was given no message, where the server node has held its question open already.
LONGEST_SLEEP = 0.02


def watch(end):
    while os.read(end, 4096):
        pass
    os._exit(1)


class Time:
    """The module `time`, of which nobody sleeps for long."""

    def __getattr__(self, name):
        return getattr(time, name)

    @staticmethod
    def sleep(seconds):
        time.sleep(min(seconds, LONGEST_SLEEP))


def main():
    end = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    threading.Thread(target=watch, args=(end,), daemon=True).start()
    program = sys.argv.pop(1)
    if program == "superlink":
        from flwr.superlink.cli import flower_superlink as run
    else:
        from flwr.supernode import start_client_internal
        from flwr.supernode.cli import flower_supernode as run

        start_client_internal.time = Time()
    run()


if __name__ == "__main__":
    main()
