"""The steps of a run, each by itself on a filled store, as the flow runs them."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from benchmarks._processes import peak_mb
from benchmarks._scale_parts import LIBRARY
from plugins.galleries.requests_made import requests_made

STEPS: Final = (
    *("photos", "places", "features", "look_alikes", "people", "events", "tags", "covers"),
    *("wanted", "plan", "apply", "again", "plan_again"),
)
"""In the order of a run; `again` asks all the others whether anything has changed, as the next night does."""
CACHED: Final = ("places", "features", "look_alikes", "people", "events", "tags", "covers")


@dataclass(frozen=True)
class Took:
    """What a step took in a process of its own, and what it said; `peak_mb` is that process's, children not counted."""

    step: str
    seconds: float
    cpu_s: float
    peak_mb: float
    figures: Mapping[str, Any] = field(default_factory=dict)


def settle(folder: Path, database: str) -> None:
    """Let this process find the library of a folder; to be called before anything of the project reads settings."""
    for name in [name for name in os.environ if name.startswith("ALBUMEN_")]:
        del os.environ[name]
    os.environ["ALBUMEN_CONFIG"] = str(folder / "albumen.toml")
    if database:
        os.environ["ALBUMEN_DATABASE_URL"] = database
    sys.path.insert(0, str(folder))


def run_step(step: str, folder: Path, database: str, prefect: bool) -> Took:
    """Run one step on the library of a folder, in this process."""
    settle(folder, database)
    with _tasks(folder, prefect):
        work = _work(step)
        began, cpu, asked = time.perf_counter(), _cpu_s(), requests_made()
        figures = work()
        seconds, cpu_s = time.perf_counter() - began, _cpu_s() - cpu
    return Took(step, seconds, cpu_s, peak_mb(), {"requests": requests_made() - asked, **figures})


@contextmanager
def _tasks(folder: Path, prefect: bool) -> Iterator[None]:
    """Let tasks run in Prefect, with a server that is started first as the command line does, or without it."""
    if prefect:
        from app.prefect_home import Server  # noqa: PLC0415  settles Prefect's environment

        server = Server(folder)
        try:
            server.wait()
            yield
        finally:
            server.end()
        return
    from benchmarks._scale_prefect import without_prefect  # noqa: PLC0415  imports Prefect

    without_prefect()
    yield


def _cpu_s() -> float:
    took = os.times()
    return took.user + took.system + took.children_user + took.children_system


def _work(step: str) -> Callable[[], Mapping[str, Any]]:
    """Return what does a step, imported: that is not part of its time."""
    from flows.curate import METHODS  # noqa: PLC0415  the settings must be settled first
    from tasks.photos import refresh_photos  # noqa: PLC0415

    finding = {str(name): method for name, method in METHODS.items()}
    if step in finding:
        return lambda: _figures(finding[step](LIBRARY, ()))
    others: dict[str, Callable[[], Mapping[str, Any]]] = {
        "photos": lambda: _figures(refresh_photos(LIBRARY)),
        "again": lambda: {name: finding[name](LIBRARY, ()).seconds for name in CACHED},
        "wanted": _wanted,
        "plan": _plan,
        "apply": _apply,
        "plan_again": _plan,
    }
    return others[step]


def _figures(receipt: Any) -> Mapping[str, Any]:
    return {"status": receipt.status, **receipt.figures, "mend": receipt.mend}


def _wanted() -> Mapping[str, Any]:
    from tasks.context import opened  # noqa: PLC0415
    from tasks.publish import wanted_of  # noqa: PLC0415

    with opened(LIBRARY) as here:
        found = wanted_of(here)
    people = found.people.people if found.people else ()
    return {"albums": len(found.albums or ()), "tags": len(found.tags or ()), "people": len(people)}


def _plan() -> Mapping[str, Any]:
    from tasks.context import opened  # noqa: PLC0415
    from tasks.publish import plan_changes  # noqa: PLC0415

    with opened(LIBRARY) as here:
        run = here.store.runs.start(LIBRARY, "curate")
    return _figures(plan_changes(LIBRARY, run))


def _apply() -> Mapping[str, Any]:
    from tasks.context import opened  # noqa: PLC0415
    from tasks.publish import apply_plan  # noqa: PLC0415

    with opened(LIBRARY) as here:
        last = here.store.runs.list(LIBRARY, limit=1)[0].id
    return _figures(apply_plan(LIBRARY, last))
