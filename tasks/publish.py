"""Publishing: what the methods' answers ask for, the plan against ledger and gallery, and carrying it out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import chain
from typing import Any

from prefect import task

from plugins.changes_json import to_json
from plugins.garbage import uncollected
from plugins.people.named_groups import group_tags, named_groups
from plugins.places import geocode
from plugins.publishing import wanted
from plugins.publishing.apply import NEVER_WRITTEN
from plugins.publishing.asked_covers import picks, wanted_covers
from plugins.publishing.ledger import Ledger, LedgerAlbum, LedgerPerson
from plugins.publishing.plan import Plan
from plugins.publishing.regions import wanted_regions
from plugins.publishing.session import Publishing
from plugins.publishing.wanted import AlbumRules, Wanted, WantedAlbum, wanted_albums
from plugins.records import Event, Photo, Pile
from plugins.settings import Extent
from plugins.store import Decision
from plugins.tags.said import said_of, wanted_tags
from plugins.tags.vocabulary import same_word, spellings
from plugins.turns import check_turn
from tasks.applying import ALLOWED, held_back
from tasks.caching import NEVER_CACHED, Receipt
from tasks.context import Opened, opened
from tasks.progress import Progress
from tasks.retrying import patient
from tasks.seen import wanted_people_of
from tasks.stock import told as told_of_tags

SOMEBODY = "a person not named yet"
MOST_TOLD = 100  # of each kind of thing that a run's summary tells one by one


def rules_of(here: Opened) -> AlbumRules:
    """Return when an event is worth an album in this library."""
    return wanted.rules_of(here.config.albums)


def planned(here: Opened, publishing: Publishing, run: str) -> Plan:
    """Plan a run of a library, and store what it would write."""
    with uncollected():
        photos = here.store.photos.all(here.name)  # once for all: of a million it takes 10 s and nearly a gigabyte
        return publishing.plan(run, wanted_of(here, photos, publishing.ledger), photos)


def wanted_of(here: Opened, every: Sequence[Photo] | None = None, ledger: Ledger | None = None) -> Wanted:
    """Return what the methods' answers in the store ask for; `every` photo and the whole ledger may be given."""
    every = here.store.photos.all(here.name) if every is None else every
    photos = {photo.id: photo for photo in every}
    decisions, draw = here.store.suggestions.decisions(here.name), here.config.tags.regions
    albums = wanted_albums_of(here, photos)
    tags = wanted_tags_of(here, albums, photos, ledger)
    return Wanted(
        albums,
        tags,
        wanted_people_of(here, every, ledger),
        wanted_regions(decisions, photos.values(), tags, draw=draw),
        _posters(here, photos.values()),
        wanted_covers(decisions, photos.values()),
        picks(decisions, photos.values()),
    )


def wanted_albums_of(here: Opened, photos: Mapping[str, Photo]) -> tuple[WantedAlbum, ...]:
    """Return the albums that the events of the store ask for; `photos` are all of the library, by id."""
    events = [left for event in here.store.events.all(here.name) if (left := _still_there(event, photos)).photos]
    titles = {event.trip: event.trip_title for event in events if event.trip}
    covers = {key: chosen.photo for key, chosen in here.store.covers.all(here.name).items()}
    return wanted_albums(events, photos, rules_of(here), titles, covers)


def wanted_tags_of(
    here: Opened, albums: tuple[WantedAlbum, ...], photos: Mapping[str, Photo], ledger: Ledger | None = None
) -> frozenset[tuple[str, str]]:
    """Return the tags that are wanted, as (photo, tag): of the places of these albums, of groups, and of the user."""
    decisions = here.store.suggestions.decisions(here.name)
    tags = _place_tags(here, albums, photos) | _group_tags(here, photos, decisions)
    return tags | _words_of_user(here, photos, decisions, tags, ledger)


def _posters(here: Opened, photos: Iterable[Photo]) -> dict[str, float]:
    """Return which moment of each video is to be shown by a picture beside it, to the millisecond."""
    if not (here.config.covers.posters and here.config.covers.videos):
        return {}
    chosen = here.store.covers.videos(here.name)
    videos = (photo for photo in photos if photo.kind == "video" and photo.content_key in chosen)
    return {video.id: round(chosen[video.content_key].at_s, 3) for video in videos}


def _still_there(event: Event, photos: Mapping[str, Photo]) -> Event:
    """Leave out photos that have gone since the events were found, as when only some steps run."""
    if all(photo in photos for photo in event.photos):
        return event
    piles = tuple(Pile(pile.people, tuple(p for p in pile.photos if p in photos)) for pile in event.piles)
    left = tuple(photo for photo in event.photos if photo in photos)
    return replace(event, photos=left, piles=tuple(pile for pile in piles if pile.photos))


def _place_tags(
    here: Opened, albums: tuple[WantedAlbum, ...], photos: Mapping[str, Photo]
) -> frozenset[tuple[str, str]]:
    """Return city and country as tags of the photos in our albums, where a position is known."""
    if not here.config.tags.places:
        return frozenset()
    known = here.store.positions.all(here.name)
    inside = [p for p in dict.fromkeys(p for album in albums for p in album.photos) if p in known and p in photos]
    places = geocode.name_positions([known[photo] for photo in inside])
    return frozenset(
        (photo, word)
        for photo, place in zip(inside, places, strict=True)
        if place is not None
        for word in (place.name, place.country)
        if word
    )


def _group_tags(here: Opened, photos: Mapping[str, Photo], decisions: Sequence[Decision]) -> frozenset[tuple[str, str]]:
    """Return the names that the user gave groups of photos that look alike, as tags of these photos."""
    names = here.store.suggestions.names(here.name)
    return frozenset(group_tags(named_groups(decisions, names), photos.values()))


def _words_of_user(
    here: Opened,
    photos: Mapping[str, Photo],
    decisions: Sequence[Decision],
    others: Iterable[tuple[str, str]],
    ledger: Ledger | None,
) -> frozenset[tuple[str, str]]:
    """Return the user's own words for photos that they accepted them for, and those that nobody needs to be asked.

    A word that the photo is to have anyway, as one of `others`, is not asked for in a second spelling. What was
    accepted also stays on photos that are left out of all else since, as in an archive.
    """
    auto = here.store.auto_tags.all(here.name)
    asked = {made.subject for made in decisions if made.kind == "tag" and made.verdict == "accepted"}
    asked.update(key for key, _ in auto)
    if not asked:
        return frozenset()  # before the stock is read, which takes seconds in a large library
    known = told_of_tags(here, photos.values(), ledger)
    tagged = [photo for photo in photos.values() if photo.content_key in asked]
    said = said_of(tagged, known.ledgered, decisions)
    words, kept = known.words(), {photo.id for photo in known.photos}
    written = spellings(tag for key in words for tag in words[key])
    curated = [photo for photo in tagged if photo.id in kept]
    left_out = [photo for photo in tagged if photo.id not in kept]
    found = frozenset(
        chain(
            wanted_tags(curated, known.ledgered, said, auto, known.unsuggested.never, written),
            wanted_tags(left_out, known.ledgered, said, (), (), written),
        )
    )
    with_words, word = {photo for photo, _ in found}, lru_cache(maxsize=None)(same_word)
    same = {(photo, word(tag)) for photo, tag in others if photo in with_words}
    return frozenset((photo, tag) for photo, tag in found if (photo, word(tag)) not in same)


def told(plan: Plan) -> dict[str, Any]:
    """Return a plan's summary as plain data: counts, the user's edits, what was left alone and why."""
    return {
        "changes": len(plan.changes),
        "observations": [
            {"edit": o.edit, "what": o.what, "title": o.title, "n": len(o.photos)}
            for o in plan.observations[:MOST_TOLD]
        ],
        "suppressed": [
            {"title": s.title, "because": s.because.title, "state": s.because.state}
            for s in plan.suppressed[:MOST_TOLD]
        ],
        "kept": titles(plan.kept),
        "blocked": plan.blocked,
        "nameless": len(plan.nameless),
    }


def titles(kept: Sequence[LedgerAlbum | LedgerPerson]) -> list[str]:
    """Return what to call the albums and people that stay as the user has built on them."""
    called = (one.title if isinstance(one, LedgerAlbum) else one.name or SOMEBODY for one in kept)
    return [*called][:MOST_TOLD]


@task(name="plan_changes", **NEVER_CACHED)
def _plan(library: str, run: str) -> dict[str, Any]:
    """Compare what is wanted with the ledger and the gallery, and store the plan."""
    with opened(library) as here:
        plan = planned(here, Publishing(here.store, here.name, here.gallery), run)
        return {**told(plan), "warnings": list(here.gallery.warnings())}


def plan_changes(library: str, run: str) -> Receipt:
    """Plan the writes that would bring the gallery to the wanted state; nothing is written to it."""
    began = time.monotonic()
    figures = patient(_plan, library)(library, run)
    return Receipt("plan_changes", "done", figures, time.monotonic() - began)


@task(name="apply_plan", **NEVER_CACHED)
def _apply(library: str, run: str, force: bool, extent: Extent) -> dict[str, Any]:
    """Carry out the stored plan of a run, change by change, as far as its extent goes."""
    with opened(library) as here:
        publishing = Publishing(here.store, here.name, here.gallery)
        if publishing.journal.pending():  # an attempt before this one was cut off: settle what it left, plan the rest
            planned(here, publishing, run)
        publishing.apply(run, None if force else here.config.guard, progress(here.name), ALLOWED[extent])
        held = len(held_back(here.store.journal.of_run(here.name, run, "planned"), extent))
        told = {"extent": extent, "held_back": held, "warnings": list(here.gallery.warnings())}
        return {**figures_of(here, run), **told}


def apply_plan(library: str, run: str, force: bool = False, extent: Extent = "all") -> Receipt:
    """Write the plan to the gallery, or its albums alone; the journal makes that safe to interrupt anywhere.

    Raises:
        GuardStopped: what is to be written takes away too much of what we own, and `force` is not set.
    """
    began = time.monotonic()
    figures = patient(_apply, library)(library, run, force, extent)
    return Receipt("apply_plan", "done", figures, time.monotonic() - began)


@task(name="plan_undo", **NEVER_CACHED)
def _plan_undo(library: str, run: str, of: str) -> dict[str, Any]:
    """Plan to take back a run."""
    with opened(library) as here:
        kept = Publishing(here.store, here.name, here.gallery).plan_undo(run, of)
        n = here.store.plans.count(here.name)
        return {"changes": n, "observations": [], "suppressed": [], "kept": titles(kept), "blocked": ""}


@task(name="apply_undo", **NEVER_CACHED)
def _apply_undo(library: str, run: str, of: str) -> dict[str, Any]:
    """Take the changes of a run back, in reverse order."""
    with opened(library) as here:
        publishing = Publishing(here.store, here.name, here.gallery)
        if publishing.journal.pending():
            publishing.plan_undo(run, of)
        publishing.apply(run, progress=progress(here.name))
        return {**figures_of(here, run), "warnings": list(here.gallery.warnings())}


def plan_undo(library: str, run: str, of: str) -> Receipt:
    """Plan to take back the run `of`, except where the user has built on it."""
    began = time.monotonic()
    figures = patient(_plan_undo, library)(library, run, of)
    return Receipt("plan_undo", "done", figures, time.monotonic() - began)


def apply_undo(library: str, run: str, of: str) -> Receipt:
    """Carry out the undo."""
    began = time.monotonic()
    figures = patient(_apply_undo, library)(library, run, of)
    return Receipt("apply_undo", "done", figures, time.monotonic() - began)


def adopt_albums(library: str) -> int:
    """Take over albums and posters with our marker that the store does not remember; return how many."""
    with opened(library) as here:
        here.store.photos.replace(here.name, here.gallery.photos())
        return Publishing(here.store, here.name, here.gallery).adopt(wanted_of(here))


def figures_of(here: Opened, run: str) -> dict[str, Any]:
    """Return what became of all changes of a run, those of an attempt that was cut off among them, as plain data."""
    journal = here.store.journal
    counts = journal.counts(here.name, run, but=NEVER_WRITTEN)
    refused = journal.objected(here.name, run, but=NEVER_WRITTEN, most=MOST_TOLD)
    return {
        **{status: counts[status] for status in ("done", "already", "gone", "taken")},
        "refused": [[to_json(entry.change), entry.outcome.reason] for entry in refused if entry.outcome],
    }


def progress(library: str) -> Callable[[int, int], None]:
    """Return what is told after each change how many of how many are written, and shows that.

    It raises `LibraryBusy` where another run has taken the library over: nothing more may be written then.
    """
    written = Progress("writing", 0, things="changes")

    def tell(done: int, total: int) -> None:
        written.total = total
        written.advance(done - written.done)
        check_turn(library)

    return tell
