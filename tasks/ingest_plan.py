"""The plan of what new photos change, and writing it; nothing else of the library is planned or written."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from prefect import task

from plugins.changes import AddTags
from plugins.publishing.asked_covers import picks
from plugins.publishing.part import Part, plan_part
from plugins.publishing.plan import Plan
from plugins.publishing.session import Publishing
from plugins.publishing.wanted import Wanted
from plugins.settings import Extent
from tasks.applying import ALLOWED, extent, held_back
from tasks.caching import NEVER_CACHED, Receipt
from tasks.context import Opened, opened
from tasks.new_people import wanted_of_new
from tasks.publish import figures_of, progress, told, wanted_albums_of, wanted_tags_of
from tasks.retrying import patient


@task(name="publish_new", **NEVER_CACHED)
def _publish(library: str, run: str, new: Sequence[str], touched: Sequence[str]) -> list[dict[str, Any]]:
    """Plan what new photos change, and write it as far as the library's runs go by themselves."""
    with opened(library) as here:
        began, far = time.monotonic(), extent(here)
        publishing = Publishing(here.store, here.name, here.gallery)
        plan, part = _planned(here, publishing, run, new, touched, carry=far != "all")
        planned_s = time.monotonic() - began
        figures = {**told(plan), "albums": len(part.albums), "warnings": list(here.gallery.warnings())}
        said: list[dict[str, Any]] = [{"figures": figures, "seconds": planned_s}]
        if far != "plan":
            applied = _written(here, publishing, run, far, part)
            said.append({"figures": applied, "seconds": time.monotonic() - began - planned_s})
        return said


def _written(here: Opened, publishing: Publishing, run: str, far: Extent, part: Part) -> dict[str, Any]:
    allowed = ALLOWED[far]
    publishing.apply(run, here.config.guard, progress(here.name), lambda change: allowed(change) and part.holds(change))
    held = len(held_back(here.store.journal.of_run(here.name, run), far))
    told = {"extent": far, "held_back": held, "later": _untagged(here, run, far)}
    return {**figures_of(here, run), **told, "warnings": list(here.gallery.warnings())}


def _untagged(here: Opened, run: str, far: Extent) -> list[str]:
    """Return the photos that were to be tagged and are not: a server still works on what has just come."""
    tagged, entries = here.store.ledger.load(here.name).tags, here.store.journal.of_run(here.name, run)
    wanted = [entry.change for entry in entries if isinstance(entry.change, AddTags) and ALLOWED[far](entry.change)]
    pairs = ((photo, tag) for change in wanted for photo in change.photos for tag in change.tags)
    return sorted({photo for photo, tag in pairs if (photo, tag) not in tagged})


def publish_new(library: str, run: str, new: Sequence[str], touched: Sequence[str]) -> list[Receipt]:
    """Plan what new photos change, and write it as far as the setting `apply` goes; return a receipt for each.

    The figures of writing name the photos that can be tagged `later` only.

    Args:
        library: name of the library.
        run: id of the run.
        new: ids of the photos that are new, or not what they were.
        touched: ids of the photos of all events that may be others now.

    Raises:
        GuardStopped: what is to be written takes away too much of what we own.
    """
    said = patient(_publish, library)(library, run, new, touched)
    names = ("plan_changes", "apply_plan")[: len(said)]
    return [Receipt(name, "done", one["figures"], one["seconds"]) for name, one in zip(names, said, strict=True)]


def _planned(
    here: Opened, publishing: Publishing, run: str, new: Sequence[str], touched: Sequence[str], *, carry: bool
) -> tuple[Plan, Part]:
    photos = {photo.id: photo for photo in here.store.photos.all(here.name)}
    albums = wanted_albums_of(here, photos)

    def tags_of(some: frozenset[str]) -> frozenset[tuple[str, str]]:
        inside = tuple(album for album in albums if not some.isdisjoint(album.photos))
        return wanted_tags_of(here, inside, photos)

    picked = picks(here.store.suggestions.decisions(here.name), photos.values())
    wanted, ids = Wanted(albums, people=wanted_of_new(here, new), picks=picked), frozenset(photos)
    return plan_part(publishing, run, wanted, tags_of, frozenset(touched), frozenset(new), ids, carry=carry)
