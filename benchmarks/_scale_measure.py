"""A step in a process of its own: its time, and the most memory that it and its children have at once."""

from __future__ import annotations

import multiprocessing
import traceback
from dataclasses import asdict
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

from benchmarks._scale_steps import run_step

LOOK_S: Final = 0.1
"""Between two looks at the memory of the family."""
PROC: Final = Path("/proc")
MB: Final = 1024.0


class StepFailed(RuntimeError):
    """A step failed, or its process was killed: the text says which and why."""


def measured(step: str, folder: Path, database: str, prefect: bool) -> dict[str, Any]:
    """Return the row of a step: `family_mb` is what it and its children had at once, sampled, where Linux tells.

    Raises:
        StepFailed: it failed.
    """
    spawning = multiprocessing.get_context("spawn")
    here, there = spawning.Pipe(duplex=False)
    process = spawning.Process(target=_run, args=(there, step, folder, database, prefect))
    process.start()
    there.close()
    most_mb = 0.0
    while not here.poll(LOOK_S):
        most_mb = max(most_mb, family_mb(process.pid or 0))
    try:
        answer = here.recv()
    except EOFError:
        process.join()
        raise StepFailed(f"{step}: its process ended with {process.exitcode}, perhaps for its memory") from None
    process.join()
    if isinstance(answer, str):
        raise StepFailed(f"{step} failed:\n{answer}")
    return {**answer, "family_mb": max(most_mb, answer["peak_mb"])}


def _run(there: Connection, step: str, folder: Path, database: str, prefect: bool) -> None:
    try:
        there.send(asdict(run_step(step, folder, database, prefect)))
    except BaseException:
        there.send(traceback.format_exc())


def family_mb(pid: int) -> float:
    """Return the resident memory of a process and of all that it has started, in MB; 0 where nobody tells."""
    kb, waiting = 0, [pid]
    while waiting:
        one = PROC / str(waiting.pop())
        try:
            status = (one / "status").read_text("ascii")
            kb += next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:")), 0)
            for thread in (one / "task").iterdir():
                waiting += map(int, (thread / "children").read_text("ascii").split())
        except (OSError, ValueError):
            continue  # it has ended
    return kb / MB
