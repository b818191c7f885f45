"""Methods in processes of their own, so that each one's memory is its own and none can take the others with it."""

from __future__ import annotations

import multiprocessing
import resource
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Final, TypeVar

One = TypeVar("One")
Done = TypeVar("Done")

STATUS: Final = Path("/proc/self/status")


class WouldNotFit(Exception):
    """The method cannot work on so much here: its row says why."""


def in_own_process(
    work: Callable[[One], Done], items: Iterable[One], refusals: tuple[type[Exception], ...] = ()
) -> list[Done]:
    """Do work on items, one after another in one fresh process of its own.

    Args:
        work: any function of a module, with arguments that can be sent to a process.
        items: what it is called with.
        refusals: errors by which it says that an item is too much for it, beside `WouldNotFit`.

    Raises:
        WouldNotFit: any of the items is too much.
    """
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        try:
            return [process.submit(work, item).result() for item in items]
        except (*refusals, MemoryError) as error:
            raise WouldNotFit(str(error) or "not enough memory") from error
        except BrokenProcessPool as error:
            raise WouldNotFit("its process was killed, probably for its memory") from error


def peak_mb() -> float:
    """Return the most memory that this process has had, in MB."""
    if STATUS.exists():  # rusage would tell of the parent's memory too, from before this program was started
        (kb,) = (line.split()[1] for line in STATUS.read_text("ascii").splitlines() if line.startswith("VmHWM:"))
        return int(kb) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)
