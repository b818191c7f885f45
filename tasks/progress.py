"""How far long work is: to whoever shows it (a bar on a terminal), else a line in the log; and in Prefect's pages."""

from __future__ import annotations

import logging
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, Protocol
from uuid import UUID

TELL_EVERY_S: Final = 20.0
"""Between two lines in a log."""
SHOW_EVERY_S: Final = 5.0
"""Between two updates of an artifact, which cost a request each; work that takes less time has none."""

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
    _shown: float = field(default_factory=time.monotonic)
    _artifact: UUID | None = None

    def advance(self, n: int = 1) -> None:
        """Note that `n` more are done."""
        self.done += n
        now = time.monotonic()
        if _displays:
            _displays[-1](self.doing, self.done, self.total)
        elif now - self._told > TELL_EVERY_S and self.done < self.total:
            self._told = now
            log.info("%s", self.line(now - self._began))
        if now - self._shown > SHOW_EVERY_S or (self._artifact is not None and self.done >= self.total):
            self._shown = now
            self._artifact = _shown_in_prefect(self, self._artifact)

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


def _shown_in_prefect(progress: Progress, artifact: UUID | None) -> UUID | None:
    """Show how far work is by an artifact of the flow run that it is part of, and return the artifact.

    Without a run there is none; nor one where Prefect's server does not take it, which is no reason to stop the work.
    """
    if "prefect.context" not in sys.modules:  # not imported here: it must not be before its environment is settled
        return None
    from prefect.artifacts import create_progress_artifact, update_progress_artifact  # noqa: PLC0415
    from prefect.context import FlowRunContext, TaskRunContext  # noqa: PLC0415

    if FlowRunContext.get() is None and TaskRunContext.get() is None:
        return None
    percent = 100 * min(1.0, progress.done / max(1, progress.total))
    said = f"{progress.doing}: {progress.done:,} of {progress.total:,} {progress.things}"
    try:
        if artifact is not None:
            update_progress_artifact(artifact, percent, description=said)
            return artifact
        made = create_progress_artifact(percent, key=artifact_key(progress.doing), description=said)
        return made if isinstance(made, UUID) else None
    except Exception as error:  # whatever the server says
        log.debug("progress could not be shown in Prefect: %s", error)
        return artifact


def artifact_key(doing: str) -> str:
    """Return the key of an artifact that shows this work: lower-case letters, digits and dashes."""
    return f"progress-{re.sub(r'[^a-z0-9]+', '-', doing.lower()).strip('-')}"


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return f"{max(1, round(seconds))} s"
    return f"{minutes} min" if minutes < 100 else f"{minutes / 60:.1f} h"
