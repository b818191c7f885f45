"""Piles: the photos of one person inside an event; faces are read for a few thousand photos at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from plugins.events import EventMethod, FacePile, Faces, IntArray
from plugins.features import FaceExtractor
from plugins.records import Person, Photo, Pile
from tasks.caching import Skipped
from tasks.context import Opened
from tasks.event_photos import Shown
from tasks.features import faces_or_skip

METHOD_SLACK: Final = 0.05
"""What patent 000's method takes off the threshold inside an event, by default."""
PHOTOS_AT_ONCE: Final = 8_192
"""Photos whose faces are in memory together; an event that has more is read whole."""


@dataclass(frozen=True)
class _People:
    """Who is who: names by id, and the ids of those whom the gallery hides."""

    names: Mapping[str, str]
    hidden: frozenset[str]

    @classmethod
    def of(cls, people: Sequence[Person]) -> _People:
        return cls({one.id: one.name for one in people}, frozenset(one.id for one in people if one.hidden))


def piles_of(here: Opened, library: Shown, method: EventMethod, event: IntArray) -> list[tuple[Pile, ...]]:
    """Return the piles of each event, those with names first in each; notes who is in which photo.

    Faces of people whom the gallery hides are left out; without a face extractor there are no piles.

    Args:
        here: the opened library.
        library: the photos, by time.
        method: the event method.
        event: event of each photo, numbered from 0, shape (n,).
    """
    n_events = int(event.max(initial=-1)) + 1
    try:
        extractor = faces_or_skip(here)
    except Skipped:
        return [()] * n_events
    people = _People.of(here.store.people.all(here.name))
    piles: list[tuple[Pile, ...]] = [()] * n_events
    for numbers, rows in _parts(event):
        faces, ids = _faces_of(here, library, rows, extractor, people)
        names = [people.names.get(id_, "") for id_ in ids]
        own = np.searchsorted(numbers, event[rows])
        photos = [library.photos[row] for row in rows.tolist()]
        for number, found in zip(numbers.tolist(), method.piles(own, faces), strict=True):
            piles[number] = tuple(_piles(photos, found, names))
    return piles


def _parts(event: IntArray) -> Iterator[tuple[IntArray, IntArray]]:
    """Yield numbers of events that are looked at together, ascending, and the rows of their photos by time."""
    by_event = np.argsort(event, kind="stable")
    starts = np.flatnonzero(np.diff(event[by_event], prepend=-1))
    cuts = [0]
    for start, stop in pairwise([*starts.tolist(), len(event)]):
        if stop - cuts[-1] > PHOTOS_AT_ONCE and start > cuts[-1]:
            cuts.append(start)
    for first, last in pairwise([*cuts, len(event)]):
        if first < last:
            yield np.unique(event[by_event[first:last]]), np.sort(by_event[first:last])


def _faces_of(
    here: Opened, library: Shown, rows: IntArray, extractor: FaceExtractor, people: _People
) -> tuple[Faces, list[str]]:
    """Return the faces of photos, and the ids of the people in them by number."""
    shown_in: dict[str, list[int]] = {}
    for place, row in enumerate(rows.tolist()):
        shown_in.setdefault(library.photos[row].content_key, []).append(place)
    found = here.store.labelled_faces.among(here.name, shown_in, extractor.name, extractor.version, extractor.dim)
    # A picture that lies in the library twice shows its faces twice.
    pairs = [
        (place, face)
        for face, (key, person) in enumerate(zip(found.content_keys, found.people, strict=True))
        if person not in people.hidden
        for place in shown_in[key]
    ]
    ids = sorted({found.people[face] for _, face in pairs} - {""})
    number = {id_: n for n, id_ in enumerate(ids)}
    for place, face in pairs:
        if name := people.names.get(found.people[face]):
            library.notice(int(rows[place]), (name,))
    photo, faces = (np.array(column, dtype=np.int64) for column in (*zip(*pairs, strict=True),) or ((), ()))
    person = np.array([number.get(found.people[face], -1) for face in faces.tolist()], dtype=np.int64)
    threshold = extractor.event_threshold + METHOD_SLACK
    return Faces(photo, found.vectors[faces], found.weight[faces], threshold, person), ids


def _piles(photos: Sequence[Photo], found: Sequence[FacePile], names: Sequence[str]) -> Iterator[Pile]:
    """Yield the piles of an event, those with names first in each."""
    called = _called(found, names)
    rank = {person: n for n, person in enumerate(called)}
    for pile in found:
        people = sorted(pile.people, key=rank.__getitem__)
        yield Pile(tuple(called[person] for person in people), tuple(photos[i].id for i in pile.photos))


def _called(piles: Sequence[FacePile], names: Sequence[str]) -> dict[int, str]:
    """Return what the people of an event are called, by name; those without one are numbered, most photos first."""
    seen: dict[int, set[int]] = {}
    for pile in piles:
        for person in pile.people:
            seen.setdefault(person, set()).update(pile.photos)
    name_of = {person: names[person] if person >= 0 else "" for person in seen}
    named = sorted((person for person in seen if name_of[person]), key=lambda p: (name_of[p], p))
    rest = sorted((p for p in seen if not name_of[p]), key=lambda p: (-len(seen[p]), min(seen[p]), p < 0, abs(p)))
    return {p: name_of[p] for p in named} | {p: f"person {n}" for n, p in enumerate(rest, 1)}
