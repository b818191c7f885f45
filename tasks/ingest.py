"""What is new in a library: read since the watermark, its features made, and put to what is known."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

from prefect import Task, task

from tasks.caching import NEVER_CACHED, Receipt, Skipped
from tasks.context import Opened, opened
from tasks.features import PROGRESS, extractors, make_missing
from tasks.new_covers import cover_new
from tasks.new_events import place_new
from tasks.new_people import join_new
from tasks.photos import MOST_PROBLEMS
from tasks.progress import progressing
from tasks.retrying import patient
from tasks.tags import recommend_part
from tasks.watermark import OVERLAP, keep_watermark, watermark

MOST_NEW: Final = 1_000
"""Photos from which on a whole run is no slower."""
WAITS_S: Final = (2.0, 4.0, 8.0, 16.0, 30.0)
"""Waits for previews that the gallery has not made yet, in seconds: a minute in all."""
Body: TypeAlias = Callable[[Opened, Sequence[str]], dict[str, Any]]
Step: TypeAlias = Callable[[str, Sequence[str]], Receipt]
log = logging.getLogger("albumen")


@task(name="read_new", **NEVER_CACHED)
def _read(library: str) -> dict[str, Any]:
    """Read what is new in the gallery since the watermark, and note it as to be done."""
    with opened(library) as here:
        began, mark = datetime.now(UTC), watermark(here.store, here.name)
        if mark.since is None:
            return {"photos": [], "began": began.isoformat(), "whole": "it was never curated as a whole"}
        found = list(here.gallery.photos(mark.since - OVERLAP))
        with here.store.transaction():
            refreshed = here.store.photos.update(here.name, found)
            fresh = {*refreshed.new, *refreshed.changed} if mark.trusted else {photo.id for photo in found}
            known = here.store.photos.get(here.name, {*fresh, *mark.todo})
            keep_watermark(here.store, here.name, mark.since, known)
        problems = [(problem.path, problem.reason) for problem in here.gallery.problems]
        return {
            "photos": sorted(known),
            "new": len(refreshed.new),
            "changed": len(refreshed.changed),
            "unreadable": len(problems),
            "problems": problems[:MOST_PROBLEMS],
            "warnings": list(here.gallery.warnings()) if known else [],
            "began": began.isoformat(),
            "whole": f"{len(known):,} photos are new" if len(known) > MOST_NEW else "",
        }


def read_new(library: str) -> Receipt:
    """Read the photos that came or changed since the watermark, and those that an earlier run has left.

    The figures: ids of the `photos`, how many are `new` and `changed`; when reading `began`; and why a `whole` run has
    to follow, empty mostly. Deletions are found by whole runs alone.
    """
    began = time.monotonic()
    figures = patient(_read, library)(library)
    return Receipt("read_new", "done", figures, time.monotonic() - began)


def _of_new(library: str, photos: Sequence[str], body: Body) -> dict[str, Any]:
    """Do something for new photos; where it has to be skipped return the mend."""
    try:
        with opened(library) as here:
            return body(here, photos)
    except Skipped as reason:
        return {"mend": str(reason)}


def _step(inside: Task[[str, Sequence[str]], dict[str, Any]]) -> Step:
    """Return the step of a task for new photos, which tells the mend where it is skipped."""

    def step(library: str, photos: Sequence[str]) -> Receipt:
        began = time.monotonic()
        figures = patient(inside, library)(library, photos)
        if mend := figures.pop("mend", ""):
            log.warning("%s is skipped: %s", inside.name, mend)
        return Receipt(inside.name, "skipped" if mend else "done", figures, time.monotonic() - began, mend)

    step.__doc__ = inside.__doc__
    return step


@task(name="extract_new", **NEVER_CACHED)
def _extract(library: str, photos: Sequence[str]) -> dict[str, Any]:
    """Make the features of new photos, and wait a little for previews that the gallery has not made yet."""
    return _of_new(library, photos, _extracted)


@task(name="join_people", **NEVER_CACHED)
def _join(library: str, photos: Sequence[str]) -> dict[str, Any]:
    """Say whose the faces in new photos are."""
    return _of_new(library, photos, join_new)


@task(name="place_events", **NEVER_CACHED)
def _place(library: str, photos: Sequence[str]) -> dict[str, Any]:
    """Put new photos into events; the figures name the photos of all events that may be others now, as `touched`."""
    return _of_new(library, photos, _placed)


@task(name="tag_new", **NEVER_CACHED)
def _tag(library: str, photos: Sequence[str]) -> dict[str, Any]:
    """Recommend tags for new photos, by the model in use."""
    return _of_new(library, photos, _tagged)


@task(name="cover_new", **NEVER_CACHED)
def _cover(library: str, photos: Sequence[str]) -> dict[str, Any]:
    """Choose the covers of the albums that hold one of these photos."""
    return _of_new(library, photos, cover_new)


extract_new, join_people, place_events = _step(_extract), _step(_join), _step(_place)
tag_new, cover_albums = _step(_tag), _step(_cover)


def _extracted(here: Opened, photos: Sequence[str]) -> dict[str, Any]:
    if not here.config.features.enabled:
        raise Skipped("switched off: [features] enabled = true switches it on")
    made = extractors(here)
    if not made.each:
        raise Skipped("; ".join(made.missing))
    with progressing(PROGRESS, len(photos)):
        figures, waiting = make_missing(here, photos)
        for wait_s in WAITS_S:
            if not waiting:
                break
            log.info("%d photos have no preview yet: waiting for %g s", len(waiting), wait_s)
            time.sleep(wait_s)
            more, waiting = make_missing(here, sorted(waiting))
            figures = {name: n + more[name] if name in {"made", "faces"} else n for name, n in figures.items()}
    return {**figures, "not_ready": len(waiting), "waiting": sorted(waiting)}


def _placed(here: Opened, photos: Sequence[str]) -> dict[str, Any]:
    placed = place_new(here, photos)
    return {"events": placed.events, "touched": sorted(placed.photos)}


def _tagged(here: Opened, photos: Sequence[str]) -> dict[str, Any]:
    found = here.store.photos.get(here.name, photos).values()
    return recommend_part(here, frozenset(photo.content_key for photo in found))


def taken_in(library: str, began: datetime, waiting: Sequence[str]) -> None:
    """Move the watermark to when reading began; photos that wait for their previews stay to be done."""
    with opened(library) as here:
        keep_watermark(here.store, here.name, began, waiting)
