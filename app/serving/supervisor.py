"""The supervisor: starts the parts, starts again what dies, and ends all of them together; no Prefect comes here."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from types import FrameType
from typing import Final

import psutil

from app.serving.log import OneLog
from app.serving.part import Part
from app.serving.processes import end_all, running

DEATHS: Final = 5
"""So many deaths at once, one after the other, and the service gives up."""
START_S: Final = 240.0
"""A service that does not answer by then has failed; a first start makes Prefect's database."""
LOOK_S: Final = 0.3
"""How often we look whether all parts answer, while they start."""
RUNS_S, PARTS_S = 5.0, 4.5
"""How long flow runs and the worker, and then Prefect's server, may take to end by themselves: under 15 s in all."""
SELF: Final = "serve"
"""The supervisor's own name in the log."""
Missing = Callable[[], list[str]]
"""Looks who does not answer yet, by name."""


class PartFailed(Exception):
    """A part of the service cannot be kept running: its last lines, which the text shows, say why."""


@dataclass(frozen=True, slots=True)
class _Ended:
    part: Part
    status: int
    process: subprocess.Popen[bytes] | None


@dataclass(frozen=True, slots=True)
class _Stop:
    number: int


class _Ready:
    pass


class Supervisor:
    """Runs the parts of one service until a signal comes, or one of them fails for good.

    Args:
        service: name that all processes of it have in their environment.
        parts: in the order in which they are started; they end in the reverse one.
        log: where everything is told.
        missing: who does not answer yet.
        noted: told whenever what runs has changed, with whether all answer.
    """

    def __init__(
        self, service: str, parts: Sequence[Part], log: OneLog, missing: Missing, noted: Callable[[bool], None]
    ) -> None:
        self._service, self._parts, self._log, self._missing, self._noted = service, parts, log, missing, noted
        self._events: SimpleQueue[_Ended | _Stop | _Ready] = SimpleQueue()
        self._ready = False
        self._over = threading.Event()
        self._began = time.monotonic()

    def run(self) -> None:
        """Run until SIGTERM or SIGINT; when it returns or raises, no process of the service is left.

        Raises:
            PartFailed: a part died again and again, or the parts do not answer.
        """
        with self._signals(), self._watched():
            try:
                for part in self._parts:
                    self._start(part)
                threading.Thread(target=self._look, daemon=True).start()
                while not self._handle(self._next()):
                    self._begin_again()
                    self._give_up_late()
            finally:
                self._over.set()
                self._end()

    def _start(self, part: Part) -> None:
        part.start(self._log, lambda ended, status: self._events.put(_Ended(ended, status, ended.process)))
        self._noted(self._ready)

    def _look(self) -> None:
        """Tell when all parts answer; in a thread, as one that hangs keeps us waiting."""
        while not self._over.is_set():
            if all(part.finished for part in self._parts if part.once) and not self._missing():
                self._events.put(_Ready())
                return
            self._over.wait(LOOK_S)

    def _next(self) -> _Ended | _Stop | _Ready | None:
        due = [part.due for part in self._parts if part.due is not None]
        if not self._ready:
            due.append(self._began + START_S)
        try:
            return self._events.get(timeout=max(0.0, min(due) - time.monotonic()) if due else None)
        except Empty:
            return None

    def _handle(self, event: _Ended | _Stop | _Ready | None) -> bool:
        """Act on what has happened; return whether it is time to stop."""
        match event:
            case _Stop(number):
                self._log.line(SELF, f"{signal.Signals(number).name}: stopping")
                return True
            case _Ready():
                self._ready = True
                self._log.learn()
                self._noted(True)
            case _Ended(part, status, process):
                if process is part.process:
                    self._has_ended(part, status)
        return False

    def _has_ended(self, part: Part, status: int) -> None:
        part.heard_out()
        if part.once and status == 0:
            part.finished = True
            return
        left = end_all(self._service, part.name)  # flow runs whose worker is gone have nobody to tell
        wait_s = part.died()
        also = f" ({left} processes of it ended too)" if left else ""
        if part.deaths >= DEATHS:
            raise PartFailed(self._why(part, f"has died at once {DEATHS} times ({_said(status)})"))
        self._log.line(SELF, f"{part.name} has ended ({_said(status)}){also}; it is started again in {wait_s:g} s")

    def _why(self, part: Part, what: str) -> str:
        return "\n".join([f"the part {part.name} {what}; its last lines:", *(f"    {line}" for line in part.tail)])

    def _begin_again(self) -> None:
        for part in self._parts:
            if part.due is not None and part.due <= time.monotonic():
                self._start(part)

    def _give_up_late(self) -> None:
        if not self._ready and time.monotonic() > self._began + START_S:
            missing = self._missing() or ["everything"]
            part = next((part for part in self._parts if part.name in missing), self._parts[0])
            raise PartFailed(self._why(part, f"does not answer after {START_S:.0f} s"))

    def _end(self) -> None:
        """End flow runs and all parts, Prefect's server last: until then runs tell it how they ended."""
        server, *others = self._parts
        self._end_runs()
        self._end_parts(others, time.monotonic() + RUNS_S)
        self._end_parts([server], time.monotonic() + PARTS_S)
        end_all(self._service)
        for part in self._parts:
            part.heard_out(0.3)
        self._log.line(SELF, "stopped; nothing of it runs any more")

    def _end_parts(self, parts: Sequence[Part], until: float) -> None:
        for part in parts:
            part.tell(signal.SIGTERM)
        for part in parts:
            if not part.wait(until):
                self._log.line(SELF, f"{part.name} takes too long to end and is killed")
                end_all(self._service, part.name)

    def _end_runs(self) -> None:
        """Tell the flow runs to end: the worker's own children, not the decoders that these have started."""
        ours = {part.process.pid for part in self._parts if part.process is not None}
        for process in running(self._service):
            with suppress(psutil.Error):
                if process.pid not in ours and process.ppid() in ours:
                    process.terminate()

    @contextmanager
    def _signals(self) -> Iterator[None]:
        def stop(number: int, _frame: FrameType | None) -> None:
            self._events.put(_Stop(number))

        before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Have a process beside us that ends the parts should we be killed."""
        command = [sys.executable, "-P", "-m", "app.serving.watcher", self._service, str(os.getpid())]
        watcher = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603
        try:
            yield
        finally:
            watcher.communicate(b"all ended")


def _said(status: int) -> str:
    return f"killed by {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
