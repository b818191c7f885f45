"""The wanted state, from the methods' answers alone: which events are worth an album, and what it would hold."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import median
from typing import Literal, TypeAlias

from plugins.publishing.wanted_people import WantedPeople
from plugins.records import Box, Event, Photo
from plugins.sections import Albums

Reason: TypeAlias = Literal["trip", "away", "dense", "small", "usual"]
"""Why an event is an album (a trip, away from home, unusually dense) or not (too small, a usual day at home)."""
_TOO_FEW_DAYS = 8  # fewer events than this on one weekday say nothing about that weekday


@dataclass(frozen=True, slots=True)
class AlbumRules:
    """When an event is worth an album: at least `min_photos` after bursts, and away, a trip or `dense` × the usual."""

    min_photos: int = 8
    burst_s: float = 5.0
    dense: float = 3.0
    trips: bool = True
    piles: Literal["off", "sections", "albums"] = "sections"


def rules_of(albums: Albums) -> AlbumRules:
    """Return when an event is worth an album by these settings."""
    return AlbumRules(albums.min_photos, albums.burst_s, albums.dense, albums.trips, albums.piles)


@dataclass(frozen=True, slots=True)
class WantedAlbum:
    """One album that the methods ask for; `photos` in time order, `key` provisional until the plan matches it."""

    key: str
    kind: str
    title: str
    description: str
    photos: tuple[str, ...]
    cover: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the gallery should hold of us. `tags` are (photo, tag); None means that no step had an opinion.

    The same holds of `people`, which only says what is to be added or moved, and of `regions`: where in a photo the
    thing of a tag is, by photo and tag (see `wanted_regions`). `posters` are the moments, in seconds, that pictures
    beside videos are to show, by the video's id; `covers` the photos that the user asked for as the covers of albums of
    their own, by the gallery's id of the album; `picks` the photos that they picked as covers of albums of ours, the
    last one last.
    """

    albums: tuple[WantedAlbum, ...] = ()
    tags: frozenset[tuple[str, str]] | None = None
    people: WantedPeople | None = None
    regions: Mapping[tuple[str, str], Box] | None = None
    posters: Mapping[str, float] | None = None
    covers: Mapping[str, str] | None = None
    picks: tuple[str, ...] = ()


def natural_key(family: str, photo: str) -> str:
    """Return the key of a new album: the same for the same first photo, so that a run repeated makes it once.

    `family` is the kind, for piles with a digest of its people: albums follow each other within a family only.
    """
    return f"{family}-{_digest(photo)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def without_bursts(taken: Sequence[datetime], burst_s: float) -> int:
    """Count shots, a burst once: a photo at most `burst_s` after the one before it belongs to that one's burst."""
    gaps = (later - earlier for earlier, later in pairwise(taken))
    return min(len(taken), 1) + sum(gap.total_seconds() > burst_s for gap in gaps)


def worth(events: Sequence[Event], photos: Mapping[str, Photo], rules: AlbumRules) -> dict[str, Reason]:
    """Say for each event, by key, why it is worth an album or why not.

    Unusually dense: at least `rules.dense` times the median event at home on that weekday (of all days while there
    are fewer than eight on it). An event without photos is small, and no measure of what is usual.
    """
    days = {e.key: photos[e.photos[0]].taken_local.weekday() for e in events if e.photos}
    sizes = {e.key: without_bursts([photos[p].taken_at for p in e.photos], rules.burst_s) for e in events}
    usual: dict[int, list[int]] = {}
    for event in events:
        if not event.away and event.photos:
            usual.setdefault(days[event.key], []).append(sizes[event.key])
    everyday = [size for day in usual.values() for size in day]
    typical = {day: median(of_day if len(of_day) >= _TOO_FEW_DAYS else everyday) for day, of_day in usual.items()}

    def reason(event: Event) -> Reason:
        if event.trip and rules.trips and event.photos:
            return "trip"
        if sizes[event.key] < rules.min_photos or not event.photos:
            return "small"
        if event.away:
            return "away"
        return "dense" if sizes[event.key] >= rules.dense * typical[days[event.key]] else "usual"

    return {event.key: reason(event) for event in events}


def wanted_albums(
    events: Sequence[Event],
    photos: Mapping[str, Photo],
    rules: AlbumRules,
    trip_titles: Mapping[str, str],
    covers: Mapping[str, str],
) -> tuple[WantedAlbum, ...]:
    """Turn events into albums, newest first: one a trip, one an event that is worth it, and its piles if asked.

    Args:
        events: all events of the library, in time order.
        photos: every photo by id.
        rules: when an event is worth an album.
        trip_titles: title of each trip by its key.
        covers: chosen cover by event or trip key; missing ones leave the choice to the gallery.
    """
    reasons = worth(events, photos, rules)
    trips: dict[str, list[Event]] = {}
    for event in events:
        if reasons[event.key] == "trip":
            trips.setdefault(event.trip, []).append(event)
    albums = [_album("trip", key, trip_titles.get(key, ""), parts, covers) for key, parts in trips.items()]
    single = [e for e in events if reasons[e.key] in {"away", "dense"}]
    albums += [_album("event", e.key, e.title, [e], covers) for e in single]
    if rules.piles == "albums":
        worthy = [*single, *(e for parts in trips.values() for e in parts)]
        albums += [pile for event in worthy for pile in _pile_albums(event)]
    return tuple(sorted(albums, key=lambda album: photos[album.photos[0]].taken_at, reverse=True))


def _album(kind: str, key: str, title: str, parts: Sequence[Event], covers: Mapping[str, str]) -> WantedAlbum:
    members = tuple(photo for event in parts for photo in event.photos)
    return WantedAlbum(
        key=natural_key(kind, members[0]),
        kind=kind,
        title=title or parts[0].title,
        description=describe(parts),
        photos=members,
        cover=covers.get(key),
    )


def _pile_albums(event: Event) -> Iterable[WantedAlbum]:
    for pile in event.piles:
        if pile.people and all(pile.people) and pile.photos:
            people = pile_title(pile.people)
            key = natural_key(f"pile-{_digest(people)}", event.photos[0])
            yield WantedAlbum(key, "pile", f"{people}: {event.title}", describe([event]), pile.photos)


def pile_title(people: Sequence[str]) -> str:
    """Name a pile by its people: 'Anna', 'Anna and Ben', 'Anna, Ben and Cleo', or 'no faces'."""
    if not people:
        return "no faces"
    *most, last = people
    return f"{', '.join(most)} and {last}" if most else last


def describe(events: Sequence[Event]) -> str:
    """Return the text above the marker: where these events were, each place once; no count that a removal spoils."""
    return "; ".join(dict.fromkeys(event.place for event in events if event.place))
