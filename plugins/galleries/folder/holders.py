"""Whose faces are in a photo: what its metadata say, and what `people.toml` says of them and of faces only we found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from plugins.drawn import drawn_at, is_same
from plugins.records import Box, Region

BY_NAME: Final = "name:"
"""How the key of somebody begins whom only the metadata name; they get a table with their first face of ours."""


@dataclass(frozen=True, slots=True)
class PersonEntry:
    """One person: a name, empty while nobody has given one, and the ids of the faces that are theirs."""

    name: str = ""
    faces: tuple[str, ...] = ()


class Holders:
    """The people of one reading of `people.toml`, found by their faces, names and photos."""

    def __init__(self, people: Mapping[str, PersonEntry]) -> None:
        self._people = people
        self._by_face = {face: key for key, entry in people.items() for face in entry.faces}
        self._by_name = {entry.name: key for key, entry in reversed(list(people.items())) if entry.name}

    @cached_property
    def _drawn(self) -> Mapping[str, Sequence[tuple[str, Box]]]:
        """Return the faces that only we found, by photo."""
        drawn: dict[str, list[tuple[str, Box]]] = {}
        for face in self._by_face:
            if place := drawn_at(face):
                drawn.setdefault(place[0], []).append((face, place[1]))
        return drawn

    def regions(self, photo: str, found: Iterable[Region]) -> list[Region]:
        """Return the faces in a photo with whose they are: those of its metadata, then those that only we found.

        A face of ours that another program has named since is shown as that program's; one that it has only found is
        shown as ours.

        Args:
            photo: the photo's id.
            found: the faces in its metadata, by the names there.
        """
        said = [self._held(region) for region in found]
        drawn = [(face, box) for face, box in self._drawn.get(photo, ()) if not _named_at(box, said)]
        boxes = [box for _, box in drawn]
        kept = [r for r in said if r.person or r.box is None or not any(is_same(r.box, box) for box in boxes)]
        return [*kept, *(self._held(Region(photo, box, id=face)) for face, box in drawn)]

    def holder(self, face: str, found: Sequence[Region]) -> str | None:
        """Return whose a face is, by key; None for nobody's. `found` are the faces in the metadata of its photo."""
        given = self._by_face.get(face)
        if given is not None and drawn_at(face) is None:
            return given
        return self.said(face, found) or given

    def said(self, face: str, found: Sequence[Region]) -> str | None:
        """Return whose a face is by the metadata of its photo alone; None for nobody's."""
        place = drawn_at(face)
        if place is None:
            region = next((region for region in found if region.id == face), None)
            return self._named(region).person or None if region else None
        named = _named_at(place[1], [self._held(region) for region in found])
        return named.person if named else None

    def _held(self, region: Region) -> Region:
        """Return a face with the person of the file whose it is, or else whom the metadata name.

        Another name in the table of somebody whom the metadata name is theirs in all photos.
        """
        key = self._by_face.get(region.id)
        return replace(region, name=self._people[key].name, person=key) if key is not None else self._named(region)

    def _named(self, region: Region) -> Region:
        if not region.name:
            return region
        key = f"{BY_NAME}{region.name}"
        key = key if key in self._people else self._by_name.get(region.name, key)
        entry = self._people.get(key)
        return replace(region, name=(entry.name if entry else "") or region.name, person=key)


def _named_at(box: Box, regions: Iterable[Region]) -> Region | None:
    """Return the face of these that is in the same place and somebody's."""
    return next((r for r in regions if r.box and r.person and is_same(box, r.box)), None)
