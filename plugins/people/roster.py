"""Who is in a library: each person with their faces, their photos, and when they were first and last seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from plugins.records import Person, Photo
from plugins.store.people import FaceLabel


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One person of the roster; `first` and `last` are wall times where the photos were taken, None without any."""

    id: str
    name: str
    faces: int
    photos: int
    first: datetime | None = None
    last: datetime | None = None


def roster(people: Sequence[Person], labels: Iterable[FaceLabel], photos: Iterable[Photo]) -> tuple[PersonLine, ...]:
    """Return the people, those with names first, then by number of faces; nobody whom the gallery hides.

    A face counts once, however many photos show the same content; each of these photos counts.
    """
    homes: dict[str, list[Photo]] = {}
    for photo in photos:
        homes.setdefault(photo.content_key, []).append(photo)
    contents: dict[str, list[str]] = {person.id: [] for person in people if not person.hidden}
    for label in labels:
        if label.person in contents and label.content_key in homes:
            contents[label.person].append(label.content_key)
    names = {person.id: person.name for person in people}
    lines = (_line(id_, names[id_], keys, homes) for id_, keys in contents.items())
    return tuple(sorted(lines, key=lambda line: (not line.name, -line.faces, line.name, line.id)))


def _line(id_: str, name: str, keys: list[str], homes: Mapping[str, list[Photo]]) -> PersonLine:
    taken = {photo.id: photo.taken_local for key in keys for photo in homes[key]}
    if not taken:
        return PersonLine(id_, name, 0, 0)
    return PersonLine(id_, name, len(keys), len(taken), min(taken.values()), max(taken.values()))
