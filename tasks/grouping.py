"""Grouping faces: all anew, or, where few are new since that was done last, these alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from plugins.features import FaceExtractor
from plugins.people import DROPPED, Context, Floats, Grouping, Link, PeopleMethod, Purifier, Vectors
from plugins.people.decided import Face
from plugins.people.growing import grown, may_grow
from plugins.store import FaceTable, GroupedFace
from tasks.caching import digest
from tasks.context import Opened
from tasks.standing import Standing
from tasks.trained import trained_method, trained_purifier

WHOLE: Final = "group_people/whole"
"""Under which the store notes what the last whole clustering was made of."""
NEW: Final = DROPPED - 1
MOST_LINKS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Grouped:
    """The groups of all faces, how many of these are new since the run before, and what the store must remember.

    `note` is what `WHOLE` notes; `changed` are the faces whose group is to be kept, all of them where `whole`.
    """

    grouping: Grouping
    n_new: int
    whole: bool
    key: str
    note: Mapping[str, Any]
    changed: Iterable[GroupedFace]


def versions(here: Opened) -> tuple[str, ...]:
    """Return the versions of method and purifier with what they have learned."""
    purifier = trained_purifier(here)
    return trained_method(here).version, "" if purifier is None else purifier.version


def group_faces(here: Opened, known: Standing, extractor: FaceExtractor, units: Vectors) -> Grouped:
    """Group the faces, by patent 003 and then 001 unless the settings name others.

    Few new faces are only put to the groups that there are, as long as nothing has changed that binds the others.
    """
    wanted, said = here.config.people, known.said
    key = digest(wanted.method, wanted.purify, *versions(here), extractor.name, extractor.version, _binding(known))
    groups = here.store.groups.all(here.name, extractor.name, extractor.version)
    before = [groups.get(face) for face in known.faces]
    note = here.store.steps.summary(here.name, WHOLE, key)
    n_new = sum(face is None for face in before)
    context = context_of(here, known, extractor)
    same = all(face is None or face.holder == said.held[row] for row, face in enumerate(before))
    if note is None or not same or not may_grow(note["faces"], note["since"] + n_new):
        found = _group(here, units, context)
        links = [[link.one, link.other, link.probability] for link in found.links[:MOST_LINKS]]
        made = {"faces": len(units), "since": 0, "links": links, "note": found.note}
        return Grouped(found, n_new, True, key, made, _kept(known.faces, found, said.held, range(len(units))))
    found = _put_to(here, units, context, before, known, note)
    old = [NEW if face is None else face.group for face in before]
    changed = [row for row, group in enumerate(found.cluster.tolist()) if group != old[row]]
    made = {**note, "since": note["since"] + n_new}
    return Grouped(found, n_new, False, key, made, _kept(known.faces, found, said.held, changed))


def remember(here: Opened, extractor: FaceExtractor, made: Grouped) -> None:
    """Keep the groups for the next run; inside a transaction."""
    if made.whole:
        here.store.groups.save(here.name, extractor.name, extractor.version, made.changed)
    else:
        here.store.groups.put(here.name, extractor.name, extractor.version, made.changed)
    here.store.steps.record(here.name, WHOLE, made.key, made.note)


def _kept(faces: Sequence[Face], found: Grouping, held: Sequence[str], rows: Iterable[int]) -> Iterator[GroupedFace]:
    for row in rows:
        sure = float(found.confidence[row])
        yield GroupedFace(*faces[row], int(found.cluster[row]), None if np.isnan(sure) else sure, held[row])


def _binding(known: Standing) -> object:
    """Return what the user has decided that binds the groups, beside whose the faces are."""
    denied = sorted((*known.faces[row], person) for row, person in known.said.denied)
    return sorted(known.decided.apart), sorted(known.merged.items()), denied


def _put_to(
    here: Opened,
    units: Vectors,
    context: Context,
    before: Sequence[GroupedFace | None],
    known: Standing,
    note: Mapping[str, Any],
) -> Grouping:
    groups = np.array([NEW if face is None else face.group for face in before], dtype=np.int64)
    sure = np.array([np.nan if face is None or face.confidence is None else face.confidence for face in before])
    somebody = np.array([face in known.before for face in known.faces], dtype=np.bool_)
    found = grown(
        units, context, groups, sure.astype(np.float32), somebody, lambda some, what: _group(here, some, what)
    )
    links = tuple(Link(int(one), int(other), float(p)) for one, other, p in note["links"])
    return replace(found, links=links, note=str(note["note"]))


def _group(here: Opened, units: Vectors, context: Context) -> Grouping:
    return cluster_faces(trained_method(here), trained_purifier(here), units, context)


def cluster_faces(method: PeopleMethod, purifier: Purifier | None, units: Vectors, context: Context) -> Grouping:
    """Group faces by a method, and let the purifier look through the groups again, if there is one."""
    grouping = method.cluster(units, context)
    if purifier is None:
        return grouping
    free = replace(context, person=np.full(len(units), -1), never=())  # doubts about what is said, too
    return _purified(grouping, purifier.purify(units, free, grouping.cluster))


def _purified(before: Grouping, after: Grouping) -> Grouping:
    """Return the purified groups with the links between those that they came from."""
    renumbered: dict[int, int] = {}
    for old, new in zip(before.cluster.tolist(), after.cluster.tolist(), strict=True):
        renumbered.setdefault(old, new)
    links = tuple(Link(renumbered[link.one], renumbered[link.other], link.probability) for link in before.links)
    note = " ".join(filter(None, (before.note, after.note)))
    return Grouping(after.cluster, after.confidence, (*links, *after.links), note)


def context_of(here: Opened, known: Standing, extractor: FaceExtractor) -> Context:
    """Return what is known of the faces beside their vectors; named people and those kept apart bind."""
    table, said = known.table, known.said
    bound = _bound(known)
    number = {person: n for n, person in enumerate(sorted(bound))}
    taken = _taken(here, known)
    return Context.of(
        len(table),
        photo=known.photo,
        quality=table.quality,
        taken_s=taken[0],
        lat=taken[1].astype(np.float32),
        lon=taken[2].astype(np.float32),
        size_px=table.size_px,
        landmarks=_in_box(table),
        person=np.array([number.get(held, -1) for held in said.held], dtype=np.int64),
        never=tuple(sorted((row, number[person]) for row, person in said.denied if person in number)),
        threshold=extractor.threshold,
    )


def _bound(known: Standing) -> set[str]:
    """Return the people whose faces must stay together: named, merged, parted, kept apart, or refused to a face."""
    decided = known.decided
    apart = {known.merged.get(person, person) for pair in decided.apart for person in pair}
    refused = {person for _, person in known.said.denied}
    return {*known.said.named, *known.merged.values(), *decided.parted.values(), *apart, *refused}


def _taken(here: Opened, known: Standing) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return when each face's photo was taken, in seconds since 1970 UTC, and where; NaN where nobody knows."""
    positions = here.store.positions.all(here.name)
    number = dict(zip(known.table.content_keys, known.photo.tolist(), strict=True))
    of_content = np.full((int(known.photo.max(initial=-1)) + 1, 3), np.nan)
    for photo in here.store.photos.each(here.name):
        content = number.pop(photo.content_key, None)  # the first photo that shows it
        if content is not None:
            place = positions.get(photo.id)
            where = (place.lat, place.lon) if place is not None else (np.nan, np.nan)
            of_content[content] = (photo.taken_at.timestamp(), *where)
    found = of_content[known.photo]
    return found[:, 0], found[:, 1], found[:, 2]


def _in_box(table: FaceTable) -> Floats:
    """Return the landmarks as shares of each face's box, shape (n, 5, 2)."""
    points = table.landmarks.astype(np.float32)
    corner, size = table.boxes[:, None, :2], table.boxes[:, None, 2:] - table.boxes[:, None, :2]
    return np.asarray((points - corner) / np.maximum(size, 1e-6), dtype=np.float32)
