"""How far long work is: to whoever shows it (a bar on a terminal), else a line in the log now and then."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, Protocol

TELL_EVERY_S: Final = 20.0
"""Between two lines in a log."""

log = logging.getLogger("albumen")


class Display(Protocol):
    """Shows how far work is."""

    def __call__(self, doing: str, done: int, total: int, /) -> None:
        """Show that `done` of `total` things are done; called often, from the thread that does the work."""
        ...


@dataclass
class Progress:
    """Counts what is done of one piece of work; `things` is what is counted."""

    doing: str
    total: int
    done: int = 0
    things: str = "photos"
    _began: float = field(default_factory=time.monotonic)
    _told: float = field(default_factory=time.monotonic)

    def advance(self, n: int = 1) -> None:
        """Note that `n` more are done."""
        self.done += n
        now = time.monotonic()
        if _displays:
            _displays[-1](self.doing, self.done, self.total)
        elif now - self._told > TELL_EVERY_S and self.done < self.total:
            self._told = now
            log.info("%s", self.line(now - self._began))

    def line(self, seconds: float) -> str:
        """Say how far it is after so many seconds, how fast, and how long it will take."""
        rate = self.done / seconds
        left = _duration((self.total - self.done) / rate) if rate else "unknown time"
        return f"{self.doing}: {self.done:,} of {self.total:,} {self.things}, {rate:.1f} a second, about {left} left"


_displays: list[Display] = []
_running: list[Progress] = []


@contextmanager
def displayed_by(display: Display) -> Iterator[None]:
    """Show all progress of this process there, and none of it in the log."""
    _displays.append(display)
    try:
        yield
    finally:
        _displays.remove(display)


@contextmanager
def progressing(doing: str, total: int, things: str = "photos") -> Iterator[Progress]:
    """Count one piece of work over all its batches, where they run in this process."""
    progress = Progress(doing, total, things=things)
    _running.append(progress)
    try:
        yield progress
    finally:
        _running.remove(progress)


def progress_of(doing: str, total: int) -> Progress:
    """Return what counts this work now, or a new count of `total`, as in a worker that has one batch of it."""
    return next((running for running in _running if running.doing == doing), None) or Progress(doing, total)


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return f"{max(1, round(seconds))} s"
    return f"{minutes} min" if minutes < 100 else f"{minutes / 60:.1f} h"
