"""What Prefect costs: the same extraction with and without it, where all that it would make is in the store already.

Prefect reads its environment when it is imported, so that is done only where this has been settled.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks._processes import in_own_process, peak_mb
from benchmarks._scale_parts import LIBRARY
from benchmarks._scale_steps import settle

if TYPE_CHECKING:
    from prefect import Task

EMPTY_FLOWS: Final = 5
"""Flow runs that do nothing: the fastest of them is what a flow run costs."""
IDLE_S: Final = 3.0
"""The server works on what it was told after the flow has ended: until it has rested for so long."""
REST: Final = 0.1  # of a core: less than that is rest
MOST_S: Final = 120.0
Row = dict[str, Any]


@dataclass(frozen=True)
class _State:
    name: str
    answer: Any

    def result(self) -> Any:
        return self.answer


def without_prefect() -> None:
    """Let tasks of this process be called as plain functions; a step whose answer still holds is not run, as ever."""

    from prefect import Task  # noqa: PLC0415

    def call(self: Task[..., Any], *args: Any, return_state: bool = False, **keywords: Any) -> Any:
        if return_state and not self.refresh_cache:
            return _State("Cached", {})
        answer = self.fn(*args, **keywords)
        return _State("Completed", answer) if return_state else answer

    Task.__call__ = call  # type: ignore[assignment,method-assign]


def overhead(folder: Path, database: str, photos: int, photos_per_s: float) -> Row:
    """Return what Prefect adds to an extraction of a filled library, and its share of what that takes at a rate.

    `share_of_wall` is against the seconds that the photos take at `photos_per_s`; `share_of_cpu` counts the CPU seconds
    of this process and of Prefect's server, until it rests, against all cores for that long.
    """
    work = partial(_extracted, folder, database)
    (plain,), (told,) = (in_own_process(partial(work, prefect), [0]) for prefect in (False, True))
    tasks, takes_s = told["tasks"], photos / photos_per_s
    added = {name: told[name] - plain[name] for name in ("seconds", "cpu_s")}
    return {
        "step": "prefect_overhead",
        "tasks": tasks,
        "seconds": told["seconds"],
        "seconds_without": plain["seconds"],
        "cpu_s": told["cpu_s"],
        "cpu_s_without": plain["cpu_s"],
        "server_cpu_s": told["server_cpu_s"],
        "ms_a_task": 1000 * added["seconds"] / tasks,
        "s_a_flow": told["s_a_flow"],
        "at_photos_per_s": photos_per_s,
        "share_of_wall": (added["seconds"] + told["s_a_flow"]) / takes_s,
        "share_of_cpu": (added["cpu_s"] + told["server_cpu_s"]) / takes_s / (os.cpu_count() or 1),
        "peak_mb": told["peak_mb"],
    }


def _extracted(folder: Path, database: str, prefect: bool, _: int) -> Row:
    """Extract in this process, every batch anew; nothing is missing, so that only the asking takes time."""
    settle(folder, database)
    if not prefect:
        without_prefect()
        counted = _counting()
        return {**_timed(_extraction()), "tasks": counted(), "peak_mb": peak_mb()}
    server = _Server(folder)
    from prefect import flow  # noqa: PLC0415

    extraction, counted = _extraction(), _counting()
    try:
        nothing = [_timed(flow(name="nothing")(_nothing))["seconds"] for _ in range(EMPTY_FLOWS)]
        server.rested()
        before = server.cpu_s()
        row = _timed(flow(name="extraction")(extraction))
        server.rested()
        return {
            **row,
            "s_a_flow": min(nothing),
            "server_cpu_s": server.cpu_s() - before,
            "tasks": counted(),
            "peak_mb": peak_mb(),
        }
    finally:
        server.end()


def _extraction() -> Callable[[], Any]:
    from flows.curate import METHODS  # noqa: PLC0415

    def extraction() -> None:
        METHODS["features"](LIBRARY, ("extract_features",))

    return extraction


def _nothing() -> None:
    """Do nothing, as a flow."""


def _counting() -> Callable[[], int]:
    """Count the calls of tasks from now on; return what tells how many there were."""
    from prefect import Task  # noqa: PLC0415

    inner, n = Task.__call__, [0]

    def call(self: Task[..., Any], *args: Any, **keywords: Any) -> Any:
        n[0] += 1
        return inner(self, *args, **keywords)

    Task.__call__ = call  # type: ignore[method-assign]
    return lambda: n[0]


def _timed(work: Callable[[], Any]) -> Row:
    began, cpu = time.perf_counter(), time.process_time()
    work()
    return {"seconds": time.perf_counter() - began, "cpu_s": time.process_time() - cpu}


class _Server:
    """Prefect's temporary server, as the command line starts it."""

    def __init__(self, folder: Path) -> None:
        from app.prefect_home import Server  # noqa: PLC0415  settles Prefect's environment

        before = _children()
        self._server = Server(folder)
        self._server.wait()
        self._pids = _children() - before

    def cpu_s(self) -> float:
        """Return the CPU seconds of the server so far."""
        return sum(map(_cpu_s, self._pids))

    def rested(self) -> None:
        """Wait until it has nothing left to do, or for so long that it hardly has."""
        used, until = self.cpu_s(), time.monotonic() + MOST_S
        while time.monotonic() < until:
            time.sleep(IDLE_S)
            now = self.cpu_s()
            if now - used < REST * IDLE_S:
                return
            used = now

    def end(self) -> None:
        self._server.end()


def _children() -> set[int]:
    return {int(pid) for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()}


def _cpu_s(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
