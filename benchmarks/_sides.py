"""What the two sides of the extraction benchmark share: what they answer, and a process of its own for each."""

from __future__ import annotations

import math
import multiprocessing
import os
import resource
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Embedder: TypeAlias = Literal["facenet", "dlib_face"]
FloatArray: TypeAlias = NDArray[np.float64]
Vectors: TypeAlias = NDArray[np.float32]
Row: TypeAlias = dict[str, Any]
Answers: TypeAlias = dict[str, NDArray[Any]]

LOOK_EVERY_S: Final = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What one side answers for one file.

    Args:
        boxes: left, top, right, bottom as shares of the upright picture, shape (n, 4).
        vectors: one a face, shape (n, dim), or (0, 0) without faces.
        picture: VGG16's vector, shape (512,), L2-normalised; None where it was not asked for or failed.
        failed: why the file gave nothing; empty where it did.
    """

    boxes: FloatArray = field(default_factory=lambda: np.zeros((0, 4)))
    vectors: Vectors = field(default_factory=lambda: np.zeros((0, 0), dtype=np.float32))
    picture: Vectors | None = None
    failed: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """One pass over some files: the answers in their order, wall seconds, and where the time went.

    `stages_s` are seconds by stage over all workers, `forward_s` those inside networks; both may exceed the wall time
    of a pass with several workers. `idle_s` are the wall seconds in which no network ran at all, NaN if nobody looked.
    """

    seen: tuple[Seen, ...]
    seconds: float
    stages_s: dict[str, float]
    forward_s: float
    workers: int
    idle_s: float = math.nan

    def failed(self) -> set[int]:
        """Return the indices of the files that gave nothing, or not all that was asked."""
        return {i for i, seen in enumerate(self.seen) if seen.failed}

    def failures(self) -> Row:
        """Return the columns of a row about failures: how many, and the first reason where there is one."""
        reasons = [seen.failed for seen in self.seen if seen.failed]
        return {"failed": len(reasons), **({"first_failure": reasons[0]} if reasons else {})}


class Side(Protocol):
    """A way to extract features from files; networks are loaded by the first file that needs them."""

    def run(self, files: Sequence[Path], faces: Embedder | None, pictures: bool) -> Run:
        """Extract faces with that embedder, VGG16 vectors, or both."""
        ...


class Hosted:
    """A side in a process of its own, so that neither its threads nor its memory are the other's.

    `peak_mb` is the largest sum of the resident memory of that process and its children that was seen; pages that they
    share are counted by each, so it is never too low.
    """

    def __init__(self, make: Callable[[], Side]) -> None:
        # Not a Pool: its workers may have no children, and a pipeline may want some.
        self._executor = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), _start, (make,))
        self._pid = self._executor.submit(os.getpid)
        self._seen_mb = 0.0
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)
        self._watch.start()

    def run(self, files: Sequence[Path], faces: Embedder | None, pictures: bool) -> Run:
        """Let the side work on files; see `Side.run`."""
        return self._executor.submit(_run, tuple(files), faces, pictures).result()

    def peak_mb(self) -> float:
        """Return the peak memory since the process began, in MB."""
        return max(self._seen_mb, self._executor.submit(own_peak_mb).result())

    def __enter__(self) -> Hosted:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._watch.join()
        self._executor.shutdown()

    def _look(self) -> None:
        try:
            top = self._pid.result()  # when the process has started, which nobody waits for
        except BrokenProcessPool:  # told to whoever asks the side for something
            return
        while not self._over.wait(LOOK_EVERY_S):
            self._seen_mb = max(self._seen_mb, sum(resident_mb(pid) for pid in family(top)))


def family(pid: int) -> list[int]:
    """Return a process and all below it; only itself where the system does not tell."""
    found = [pid]
    for one in found:  # grows while it is read
        for listed in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                found += [int(child) for child in listed.read_text().split()]
            except OSError:  # it has ended since
                continue
    return found


def resident_mb(pid: int) -> float:
    """Return the resident memory of a process, 0 where it has ended or the system does not tell."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def own_peak_mb() -> float:
    """Return the peak resident memory of this process as the system recorded it."""
    peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "darwin" else 1)
    return peak_kb / 1024


_sides: list[Side] = []
"""The one side of this child process."""


def _start(make: Callable[[], Side]) -> None:
    _sides.append(make())


def _run(files: Sequence[Path], faces: Embedder | None, pictures: bool) -> Run:
    return _sides[0].run(files, faces, pictures)
