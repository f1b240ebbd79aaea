"""The worker's side of what connects it to the manager: requests and answers, marks in the output, the lifeline."""

import fcntl
import json
import os
import select
import signal
import socket
import sys
import threading


class Channel:
    """Takes standard input, which is the manager's socket, away from the user's code before that is loaded.

    Standard output and error stay as they are: they are logs, whoever writes to them, children included.
    """

    def __init__(self, token):
        self._token = token
        self._socket = socket.socket(fileno=os.dup(0))
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.close(null)
        # Own descriptors, so that the streams stay open when the user's code closes its own.
        self._outputs = (os.dup(1), os.dup(2))
        self.errors = self._outputs[1]
        self._leads_group = os.getpgrp() == os.getpid()
        if not hasattr(fcntl, "F_SETSIG"):
            threading.Thread(target=self._watch, name="fedops-lifeline", daemon=True).start()

    def requests(self):
        """Each request in turn, to the end of the manager."""
        received = b""
        while True:
            try:
                piece = self._socket.recv(65536)
            except ConnectionError:
                return
            if not piece:
                return
            received += piece
            while b"\n" in received:
                line, received = received.split(b"\n", 1)
                yield json.loads(line)

    def answer(self, number, fields):
        self._mark("end", str(number))
        line = json.dumps({"id": number, **fields}, allow_nan=False) + "\n"
        try:
            self._socket.sendall(line.encode())
        except ConnectionError:
            pass

    def begin(self, stage):
        """What is printed from here on is of this stage."""
        self._mark("begin", stage)

    def arm(self):
        """From here on the kernel kills the whole group when the manager's end of the socket closes.

        It needs no running Python for that: code that holds the interpreter's lock, or hangs in C, ends as well. The
        manager sends nothing while a stage runs, so nothing else can set it off.
        """
        if not hasattr(fcntl, "F_SETSIG"):
            return
        owner = -os.getpgrp() if self._leads_group else os.getpid()
        fcntl.fcntl(self._socket, fcntl.F_SETOWN, owner)
        fcntl.fcntl(self._socket, fcntl.F_SETSIG, signal.SIGKILL)
        flags = fcntl.fcntl(self._socket, fcntl.F_GETFL)
        fcntl.fcntl(self._socket, fcntl.F_SETFL, flags | os.O_ASYNC)
        if self._is_cut():
            self.end_group()

    def disarm(self):
        if not hasattr(fcntl, "F_SETSIG"):
            return
        flags = fcntl.fcntl(self._socket, fcntl.F_GETFL)
        fcntl.fcntl(self._socket, fcntl.F_SETFL, flags & ~os.O_ASYNC)

    def end_group(self):
        if self._leads_group:
            os.killpg(os.getpgrp(), signal.SIGKILL)
        os._exit(0)

    def _is_cut(self):
        poll = select.poll()
        poll.register(self._socket, 0)
        return bool(poll.poll(0))

    def _watch(self):
        poll = select.poll()
        poll.register(self._socket, 0)
        poll.poll()
        self.end_group()

    def _mark(self, kind, text):
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError, AttributeError):
                pass  # closed or replaced by the user's code
        # Below 4096 bytes a write to a pipe is one piece, whoever else writes to it.
        mark = "\x1e{} {} {}\n".format(self._token, kind, text).encode()
        for descriptor in self._outputs:
            try:
                os.write(descriptor, mark)
            except OSError:
                pass
