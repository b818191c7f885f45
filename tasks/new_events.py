"""Events of new photos: all photos are grouped, which is quick, but only what new photos change is named and kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np

from plugins.events import Clustering, IntArray
from plugins.records import Event
from tasks.context import Opened
from tasks.event_photos import Shown, Taken
from tasks.events import PHOTOS_GROUPED, clustered, events_of, method_of
from tasks.piles import piles_of

STEP: Final = "cluster_events"
"""The step of a whole run whose answer is changed here."""


@dataclass(frozen=True)
class Placed:
    """What new photos have done: how many events are made anew, and the photos of all events that may be others now."""

    events: int
    photos: frozenset[str]


def place_new(here: Opened, new: Collection[str]) -> Placed:
    """Put new photos into events, as a whole run would; events that they have nothing to do with stay as they are.

    What a whole run would make another of elsewhere, as where home has moved, waits for one.
    """
    taken, before = Taken(here), here.store.events.all(here.name)
    method = method_of(here, taken.home)
    found = clustered(method, taken)
    ids = [photo.id for photo in taken.photos]
    touched = affected(ids, found.event, found.trip, before, new)
    rows = [row for row, id_ in enumerate(ids) if id_ in touched]
    stay = [event for event in before if touched.isdisjoint(event.photos)]
    beside = _of_same_days(taken, rows, stay, [event for event in before if not touched.isdisjoint(event.photos)])
    made, titles = _named(here, taken, found, rows, beside)
    place = {id_: row for row, id_ in enumerate(ids)}
    stay = [replace(event, title=titles.get(event.key, event.title)) for event in stay]
    events = sorted((*stay, *made), key=lambda event: min(place.get(id_, len(ids)) for id_ in event.photos))
    with here.store.transaction():
        here.store.events.save(here.name, events)
        here.store.steps.forget(here.name, STEP)
        here.store.steps.forget(here.name, PHOTOS_GROUPED)
    return Placed(len(made), touched.union(*(event.photos for event in beside)))


def affected(
    ids: Sequence[str], event: IntArray, trip: IntArray, before: Sequence[Event], new: Collection[str]
) -> frozenset[str]:
    """Return the photos whose events new photos may have changed: those of all events and trips that hang together.

    Whatever lies outside is in whole events of before, and in whole events of now: so what is inside can take the
    place of what was there.

    Args:
        ids: all photos.
        event, trip: event and trip of each now, -1 for no trip, shape (n,).
        before: the events so far; photos that are not among `ids` count too.
        new: the photos that are new, or not what they were.
    """
    groups: list[Sequence[str]] = [[*members] for members in _groups(ids, event, trip)]
    trips: dict[str, list[str]] = {}
    for one in before:
        groups.append(one.photos)
        if one.trip:
            trips.setdefault(one.trip, []).extend(one.photos)
    groups += trips.values()
    homes: dict[str, list[int]] = {}
    for number, members in enumerate(groups):
        for id_ in members:
            homes.setdefault(id_, []).append(number)
    found, waiting, seen = set(new), list(new), set[int]()
    while waiting:
        for number in homes.get(waiting.pop(), ()):
            if number not in seen:
                seen.add(number)
                fresh = [id_ for id_ in groups[number] if id_ not in found]
                found.update(fresh)
                waiting += fresh
    return frozenset(found)


def _groups(ids: Sequence[str], event: IntArray, trip: IntArray) -> Sequence[Sequence[str]]:
    groups: dict[tuple[str, int], list[str]] = {}
    for id_, of_event, of_trip in zip(ids, event.tolist(), trip.tolist(), strict=True):
        groups.setdefault(("event", of_event), []).append(id_)
        if of_trip >= 0:
            groups.setdefault(("trip", of_trip), []).append(id_)
    return list(groups.values())


def _of_same_days(taken: Taken, rows: Sequence[int], stay: Sequence[Event], gone: Sequence[Event]) -> list[Event]:
    """Return the events that begin on a day on which one of the others does or did: titles are told apart by day."""
    began: dict[str, date] = {photo.id: photo.taken_local.date() for photo in taken.photos}
    days = {taken.photos[row].taken_local.date() for row in rows}
    days |= {day for event in gone if (day := _day(event, began))}
    return [event for event in stay if _day(event, began) in days]


def _day(event: Event, began: Mapping[str, date]) -> date | None:
    return next((began[id_] for id_ in event.photos if id_ in began), None)


def _named(
    here: Opened, taken: Taken, found: Clustering, rows: Sequence[int], beside: Sequence[Event]
) -> tuple[list[Event], dict[str, str]]:
    """Return the events of these rows, and what those beside them are called now, by their keys."""
    place = {photo.id: row for row, photo in enumerate(taken.photos)}
    key_of = {place[id_]: event.key for event in beside for id_ in event.photos if id_ in place}
    both = sorted({*rows, *key_of})
    if not both:
        return [], {}
    groups: list[tuple[str, int]] = [
        (key_of[row], -1) if row in key_of else ("", int(found.event[row])) for row in both
    ]
    number = {group: n for n, group in enumerate(dict.fromkeys(groups))}
    trip = np.array([-1 if row in key_of else int(found.trip[row]) for row in both], dtype=np.int64)
    event: IntArray = np.array([number[group] for group in groups], dtype=np.int64)
    shown = Shown(here, taken, both)
    piles = piles_of(here, shown, method_of(here, taken.home), event)
    part = Clustering(event, trip, found.away[both], ((),) * len(number), np.zeros(0, dtype=np.int64))
    events = events_of(shown, part, piles, here.config.albums.away_km)
    kinds = list(number)
    titles = {key: one.title for one, (key, _) in zip(events, kinds, strict=True) if key}
    return [one for one, (key, _) in zip(events, kinds, strict=True) if not key], titles
