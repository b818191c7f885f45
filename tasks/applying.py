"""How far a run may go: plan only, write albums, or write all; by the settings, or by what the user has done so far."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Literal, TypeAlias

from plugins.changes import Change
from plugins.publishing.parts import part_of
from plugins.settings import Extent
from plugins.store import Store
from plugins.store.journal import Entry
from plugins.store.runs import Run
from tasks.context import Opened, opened

Asked: TypeAlias = Literal["plan", "settings", "albums", "all"]
"""What may be asked of a run: an extent, or the one that the settings give."""
CURATE: Final = "curate"
"""The kind of run by which the user allows what later runs do by themselves."""
WRITING: Final = (CURATE, "ingest", "restore")
"""Kinds of runs that write something of their own, and that a user takes back."""
ALLOWED: Final[dict[Extent, Callable[[Change], bool]]] = {
    "plan": lambda _: False,
    "albums": lambda change: part_of(change) == "albums",
    "all": lambda _: True,
}
"""Which changes a run of each extent writes."""
_WIDEST_FIRST: Final[tuple[Extent, ...]] = ("all", "albums")


def extent(here: Opened) -> Extent:
    """Return how far runs that nobody has started by hand go: the setting `apply` of the library.

    Where it is not set, they plan until the user has applied once, and then write as much as the user has let a run
    write: albums, or all. An apply that the user has taken back does not count.
    """
    if here.config.apply is not None:
        return here.config.apply
    allowed = {far for _, far in allowing(here.store, here.name)}
    return next((far for far in _WIDEST_FIRST if far in allowed), "plan")


def how_far(library: str, asked: Asked) -> Extent:
    """Return how far a run goes of which this was asked."""
    if asked != "settings":
        return asked
    with opened(library) as here:
        return extent(here)


def allowing(store: Store, library: str) -> list[tuple[str, Extent]]:
    """Return the runs that were let write and not taken back since, newest first, each with how far it was let go."""
    gone = taken_back(store.runs.list(library))
    stand = [run for run in applied_runs(store, library) if run.id not in gone]
    return [(run.id, _let_go(store, library, run)) for run in stand]


def _let_go(store: Store, library: str, run: Run) -> Extent:
    """Return how far a run was let go; of one that was killed before it could say so, as far as it is seen to."""
    applied = run.summary.get("applied")
    if isinstance(applied, dict):
        return next((far for far in _WIDEST_FIRST if far == applied.get("extent")), "all")  # earlier runs wrote all
    wrote = (entry.change for entry in store.journal.of_run(library, run.id) if entry.state != "planned")
    return "albums" if all(map(ALLOWED["albums"], wrote)) else "all"


def applied_runs(store: Store, library: str) -> list[Run]:
    """Return the runs of curate, newest first, that were let write, even those that were killed or taken back."""
    wrote = store.journal.runs_that_wrote(library)
    runs = store.runs.list(library)
    return [run for run in runs if run.kind == CURATE and (run.id in wrote or run.summary.get("applied"))]


def runs_that_stand(store: Store, library: str, kinds: Sequence[str]) -> list[str]:
    """Return the runs of these kinds, newest first, that wrote something and that no run has taken back."""
    runs, wrote = store.runs.list(library), store.journal.runs_that_wrote(library)
    return [run.id for run in runs if run.kind in kinds and run.id in wrote - taken_back(runs)]


def taken_back(runs: Sequence[Run]) -> set[str]:
    """Return the runs that one of these has taken back."""
    return {run.undoes for run in runs if run.undoes and run.status == "done"}


def held_back(entries: Sequence[Entry], extent: Extent) -> list[Entry]:
    """Return the changes of a run that were planned and that its extent does not let it write."""
    return [entry for entry in entries if entry.state == "planned" and not ALLOWED[extent](entry.change)]
