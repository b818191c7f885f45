"""The process that looks at pictures, as the pages have it: started when it is needed, ended when nobody asks."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Any, Final

from plugins.framed import receive, send

IDLE_S: Final = 300.0
"""After so long without a picture its memory is worth more than a quick answer to the next one."""
ANSWER_S: Final = 120.0
"""The longest that one answer may take: a start reads the network's weights, 20 s on a slow disk."""
MOST: Final = 4
"""Pictures that are looked at or wait for that."""
END_S: Final = 3.0
log = logging.getLogger("albumen")


class LookerBusy(RuntimeError):
    """Too many pictures wait already: try again in a while."""


class LookerFailed(RuntimeError):
    """The picture could not be looked at: the process took too long, or died; the log says more."""


class Looker:
    """One process that looks at one picture after the other. Usable by several threads.

    Args:
        idle_s: after so long without a picture it ends.
        answer_s: the longest that one answer may take, the wait for others included.
        most: pictures that are looked at or wait for that at a time.
    """

    def __init__(self, idle_s: float = IDLE_S, answer_s: float = ANSWER_S, most: int = MOST) -> None:
        self._idle_s = idle_s
        self._answer_s = answer_s
        self._room = threading.BoundedSemaphore(most)
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._timer: threading.Timer | None = None
        self._closed = False

    @property
    def pid(self) -> int | None:
        """Return the process's id, None while there is none."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def ask(self, request: dict[str, Any], body: bytes = b"") -> tuple[dict[str, Any], bytes]:
        """Return the answer to a request of `app.looking`; wait for it.

        Raises:
            LookerBusy: too many wait.
            LookerFailed: it took too long, died, or failed.
        """
        if not self._room.acquire(blocking=False):
            raise LookerBusy
        try:
            if not self._turn.acquire(timeout=self._answer_s):
                raise LookerBusy
            try:
                return self._asked(request, body)
            finally:
                self._turn.release()
        finally:
            self._room.release()

    def _asked(self, request: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        if self._timer is not None:
            self._timer.cancel()
        try:
            channel = self._ready()
            send(channel, request, body)
            header, answer = receive(channel)
        except (EOFError, OSError, ValueError) as error:
            self._end()
            log.error("a picture could not be looked at: %s", str(error) or type(error).__name__)
            raise LookerFailed from error
        self._timer = threading.Timer(self._idle_s, self._end_if_idle)
        self._timer.daemon = True
        self._timer.start()
        if "failed" in header:
            log.error("a picture could not be looked at: %s", header["failed"])
            raise LookerFailed
        return header, bytes(answer)

    def _ready(self) -> socket.socket:
        """Return the way to the process, a new one if there is none, or the last one has died."""
        if self._closed:
            raise EOFError("the pages are closed")
        channel = self._channel
        if channel is None or self.pid is None:
            self._end()
            channel, theirs = socket.socketpair()
            self._channel = channel
            with theirs:
                self._process = _started(theirs)
        channel.settimeout(self._answer_s)  # fails where the pages were closed meanwhile
        return channel

    def _end_if_idle(self) -> None:
        if self._turn.acquire(blocking=False):  # else somebody asks just now
            try:
                self._end()
            finally:
                self._turn.release()

    def _end(self) -> None:
        process, channel = self._process, self._channel
        self._process = self._channel = None
        if channel is not None:
            channel.close()
        if process is not None:
            process.kill()
            with suppress(subprocess.TimeoutExpired):
                process.wait(END_S)

    def close(self) -> None:
        """End the process at once, for good; what it looks at just now, and what waits, is given up."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        self._end()


def _started(channel: socket.socket) -> subprocess.Popen[bytes]:
    """Start the process, in which the modules are found that we are made of; what it prints goes to our log."""
    return subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "app.looking", str(channel.fileno()), str(os.getpid())],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        pass_fds=[channel.fileno()],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONSAFEPATH": "1"},
    )
