"""Where the time of an extraction goes: seconds by stage, summed over all threads."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

FORWARD = ("proposals net", "refinement net", "landmark net", "face net", "picture net")
"""The stages that are forward passes of networks; all others are the work around them."""


class Meter:
    """Adds up what the stages took. Stages may lie in each other: the outer one then holds the inner one's time too."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.workers = 0
        self._lock = threading.Lock()

    @property
    def forward_s(self) -> float:
        """Return the seconds in forward passes, summed over all threads."""
        return sum(self.seconds.get(stage, 0.0) for stage in FORWARD)

    def add(self, stage: str, seconds: float) -> None:
        """Add seconds to a stage; from any thread."""
        with self._lock:
            self.seconds[stage] += seconds


_of_thread = threading.local()


@contextmanager
def measured_by(meter: Meter | None) -> Iterator[None]:
    """Let `meter` take what this thread's stages cost; None takes nothing."""
    before = getattr(_of_thread, "meter", None)
    _of_thread.meter = meter
    try:
        yield
    finally:
        _of_thread.meter = before


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Add the seconds that the block takes to this thread's meter, where it has one."""
    meter: Meter | None = getattr(_of_thread, "meter", None)
    if meter is None:
        yield
        return
    began = time.perf_counter()
    try:
        yield
    finally:
        meter.add(name, time.perf_counter() - began)
