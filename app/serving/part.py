"""One part of the service: a child process whose lines go to the log, and whose end is told."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO, Final

from app.serving.log import MOST_LINE, OneLog

TAIL: Final = 15
"""Last lines of a part that are shown where it fails for good."""
AT_ONCE_S: Final = 15.0
"""A part that lives no longer has died at once."""
FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 30.0


@dataclass
class Part:
    """What is started, and how it went so far.

    Args:
        name: short, for the log.
        command: program and arguments.
        environment: all of it.
        lends: numbers of open files (listening sockets) that it gets.
        once: it does its work and ends; only an end with an error counts as a death.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    lends: tuple[int, ...] = ()
    once: bool = False
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    deaths: int = 0
    finished: bool = False
    due: float | None = None
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=TAIL))
    _reader: threading.Thread | None = None

    def start(self, log: OneLog, ended: Callable[[Part, int], None]) -> None:
        """Start it; `ended` is called with its exit status, from another thread, when all it said is in the log."""
        self.began, self.due = time.monotonic(), None
        self.tail.clear()
        process = subprocess.Popen(  # noqa: S603 - our own modules
            self.command,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=self.lends,
            start_new_session=True,  # a Ctrl-C in a terminal is for the supervisor
        )
        self.process = process
        assert process.stdout is not None  # noqa: S101
        self._reader = threading.Thread(target=self._read, args=(process.stdout, log), daemon=True)
        self._reader.start()
        threading.Thread(target=lambda: ended(self, process.wait()), daemon=True).start()

    def _read(self, lines: IO[bytes], log: OneLog) -> None:
        with lines:
            while line := lines.readline(MOST_LINE):
                text = line.decode("utf-8", "replace").rstrip()
                if text:
                    self.tail.append(text)
                    log.line(self.name, text)

    def heard_out(self, wait_s: float = 1.0) -> None:
        """Wait a little until all that it has said is in the log; children of it may hold the pipe open."""
        if self._reader is not None:
            self._reader.join(wait_s)

    @property
    def runs(self) -> bool:
        """Whether its process is there."""
        return self.process is not None and self.process.poll() is None

    def died(self) -> float:
        """Note a death; return in how many seconds it is to be started again."""
        lived = time.monotonic() - self.began
        self.deaths = self.deaths + 1 if lived < AT_ONCE_S else 1
        wait_s = float(min(FIRST_WAIT_S * 2 ** (self.deaths - 1), LONGEST_WAIT_S))
        self.due = time.monotonic() + wait_s
        return wait_s

    def tell(self, number: signal.Signals) -> None:
        """Send it a signal; one that has ended does not mind."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                self.process.send_signal(number)

    def wait(self, until: float) -> bool:
        """Wait for its end up to a moment of the monotonic clock; return whether it has come."""
        if self.process is None:
            return True
        try:
            self.process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            return False
        return True
