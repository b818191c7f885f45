"""Waiting for what another thread or process brings about: as long as it takes, and not longer."""

from __future__ import annotations

import threading
from collections.abc import Callable

STEPS, STEP_S = 6_000, 0.01


def until(condition: Callable[[], object]) -> None:
    """Wait until something is true."""
    tick = threading.Event()
    for _ in range(STEPS):
        if condition():
            return
        tick.wait(STEP_S)
    raise AssertionError("it did not come about within a minute")
