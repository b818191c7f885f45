"""Covers of albums that new photos make or grow, chosen as in a whole run, from fewer pictures beside them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from plugins.covers.signals import Liked, choices, liked_of
from plugins.records import Photo, Signals
from tasks.context import Opened
from tasks.cover_albums import AlbumMaker, groups_of
from tasks.cover_models import cover_method
from tasks.cover_pictures import as_seen, photos_for_covers, pictures_from
from tasks.covers import chosen_covers
from tasks.watermark import MOST_RUNS

STEP: Final = "choose_covers"
"""The step of a whole run whose answer is changed here."""
USUAL: Final = 4_096
"""Pictures beside those of the albums that say what is usual; methods look at no more of them."""


def cover_new(here: Opened, photos: Collection[str]) -> dict[str, Any]:
    """Choose the covers of the events and trips that hold one of these photos; all others keep theirs.

    How much the user's taste counts is what the last whole run has found out. Of what they like, the covers of albums
    of their own making are left out, as a server is asked for those album by album. The figures: `covers` chosen.

    Raises:
        Skipped: the method cannot be used.
    """
    method, events = cover_method(here), here.store.events.all(here.name)
    every = groups_of(events)
    touched = frozenset(photos)
    groups = {key: members for key, members in every.items() if not touched.isdisjoint(members)}
    everything = photos_for_covers(here)
    liked = _liked(here, everything)
    shown = _pictured(everything, groups, liked)
    pictures = as_seen(here, method, shown, pictures_from(here, shown))
    own = AlbumMaker(here, shown, events).albums(pictures, groups, liked.rows(pictures))
    ranker = method(_personal(here))
    rankings = ranker.rank(pictures, [made.album for made in own.values()]) if own else []
    chosen = chosen_covers(here.store.covers.photos(here.name), ranker, pictures, own, rankings) if own else {}
    with here.store.transaction():
        here.store.parts.put_covers(here.name, chosen, every.keys())
        here.store.steps.forget(here.name, STEP)
    return {"covers": len(chosen)}


def _liked(here: Opened, photos: Sequence[Photo]) -> Liked:
    ledger = here.store.ledger.load(here.name).albums.values()
    return liked_of(photos, Signals(), choices(Signals(), {}, ledger))


def _pictured(photos: Sequence[Photo], groups: Mapping[str, Sequence[str]], liked: Liked) -> list[Photo]:
    """Return the photos of albums, those that are liked, and some of all others, evenly over time."""
    wanted = {id_ for members in groups.values() for id_ in members} | set(liked.photos)
    step = max(1, len(photos) // USUAL)
    return [photo for n, photo in enumerate(photos) if n % step == 0 or photo.id in wanted]


def _personal(here: Opened) -> float:
    """Return how much the user's own taste counts, 0 to 1, as the last run says that has found it out."""
    if not here.config.covers.personal:
        return 0.0
    steps = (step for run in here.store.runs.list(here.name, MOST_RUNS) for step in run.summary.get("steps", ()))
    found = (step["figures"].get("personal") for step in steps if step["step"] == STEP)
    return next((float(value) for value in found if value is not None), 0.0)
