"""All processes of a service, found by a mark in their environment: children's children and orphans have it too."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import psutil

MARK: Final = "_ALBUMEN_SERVED"
ROUNDS: Final = 50
"""How often we look for processes that were started while others were being ended."""


def mark(service: str, part: str) -> Mapping[str, str]:
    """Return what a part's environment has in addition: of which service, which part of it, and who has started it."""
    return {MARK: f"{service}|{part}|{os.getpid()}"}


def service_of(data_dir: Path) -> str:
    """Return the name of the one service that runs on a data folder."""
    return str(data_dir)


def end_all(service: str, part: str = "", started_by: int = 0) -> int:
    """Kill at once what still runs of a service, or of one part of it, and return how many processes that were.

    With `started_by` only those of one supervisor: by then another one may have begun on the same data. Parents go
    before their children: a run that saw its decoder die would note a picture as broken.
    """
    import psutil  # noqa: PLC0415 - the watcher waits for weeks, and small

    ended = 0
    for _ in range(ROUNDS):
        found = sorted(running(service, part, started_by), key=psutil.Process.create_time)
        if not found:
            break
        for process in found:
            _kill(process)
        psutil.wait_procs(found, timeout=1.0)
        ended += len(found)
    return ended


def running(service: str, part: str = "", started_by: int = 0) -> list[psutil.Process]:
    """Return the processes of a service, of one part of it, or of one supervisor, but for our own."""
    import psutil  # noqa: PLC0415

    begin, end = f"{service}|{part}", f"|{started_by}" if started_by else ""
    return [
        process
        for process in psutil.process_iter()
        if process.pid != os.getpid() and (found := _marked(process)).startswith(begin) and found.endswith(end)
    ]


def _marked(process: psutil.Process) -> str:
    import psutil  # noqa: PLC0415

    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return ""
        return process.environ().get(MARK, "")
    except (psutil.Error, OSError, ValueError):
        return ""  # ended meanwhile, or another user's


def _kill(process: psutil.Process) -> None:
    import psutil  # noqa: PLC0415

    try:
        process.kill()
    except psutil.NoSuchProcess:
        return
