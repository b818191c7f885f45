"""The watermark of a library: from when on its gallery is asked what is new, and which photos are still to be done."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from plugins.store import Run, Store

OVERLAP: Final = timedelta(minutes=15)
"""So much further back is asked each time, as clocks differ; more would read what we have just written once more."""
SKEW: Final = timedelta(minutes=2)
"""The same where only news is looked for: more would find the same news again and again."""
INGEST: Final = "ingest"
"""The kind of a run that takes new photos in."""
WHOLE: Final = frozenset(
    {
        *("refresh_photos", "locate_photos", "extract_features", "group_people", "cluster_events"),
        *("recommend_tags", "choose_covers", "plan_changes"),
    }
)
"""The steps by which a run that has read everything is known to have gone to its end."""
MOST_RUNS: Final = 300
"""Runs that are looked at for the last whole one."""
_KEY: Final = "1"


@dataclass(frozen=True, slots=True)
class Watermark:
    """How far a library is taken in.

    Args:
        since: all that the gallery had then is done, but for `todo`; None where the library was never curated.
        todo: ids of photos that are still to be done: their run was cut off, or they have no preview yet.
        trusted: whether what the store holds of a photo has been worked in; not so after a run that was cut off.
    """

    since: datetime | None = None
    todo: tuple[str, ...] = ()
    trusted: bool = True


def watermark(store: Store, library: str) -> Watermark:
    """Return the watermark of a library; a whole run that ended well moves it as a run for new photos does.

    One that lies in the future was noted by a clock that has been set back since: it says nothing.
    """
    latest = datetime.now(UTC) + OVERLAP
    said = store.steps.summary(library, INGEST, _KEY) or {}
    since = datetime.fromisoformat(said["since"]) if said.get("since") else None
    is_wrong = since is not None and since > latest
    runs = store.runs.list(library, MOST_RUNS)
    whole = next((run.started_at for run in runs if run.started_at <= latest and _is_whole(run)), None)
    if whole is not None and (since is None or is_wrong or whole > since):
        return Watermark(whole, tuple(said["todo"]) if is_wrong else (), _trusted(runs, whole))
    if since is None or is_wrong:
        return Watermark()
    return Watermark(since, tuple(said["todo"]), _trusted(runs, since))


def news_since(store: Store, library: str) -> datetime | None:
    """Return from when on to look whether there is news; None where a library was never curated."""
    since = watermark(store, library).since
    return None if since is None else since - SKEW


def keep_watermark(store: Store, library: str, since: datetime, todo: Iterable[str] = ()) -> None:
    """Note how far a library is taken in, and what is still to be done."""
    store.steps.record(library, INGEST, _KEY, {"since": since.isoformat(), "todo": sorted(set(todo))})


def _is_whole(run: Run) -> bool:
    return run.status == "done" and {step["step"] for step in run.summary.get("steps", ())} >= WHOLE


def _trusted(runs: Iterable[Run], since: datetime) -> bool:
    """Say whether no run since then may have read photos into the store without working them in."""
    later = (run for run in runs if run.started_at > since and run.kind != INGEST)
    return not any(_may_have_read(run) for run in later)


def _may_have_read(run: Run) -> bool:
    steps = {step["step"] for step in run.summary.get("steps", ())}
    return "refresh_photos" in steps or not steps or run.status != "done"
