"""Starts one of Flower's programs, and ends it with the manager: when standard input ends, so does this process."""

import os
import sys
import threading


def watch(end):
    while os.read(end, 4096):
        pass
    os._exit(1)


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
        from flwr.supernode.cli import flower_supernode as run
    run()


if __name__ == "__main__":
    main()
