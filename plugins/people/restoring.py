"""Giving names back after a face reset or a new upload: saved faces are found again by content and place."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from plugins.changes import AssignFace, Change, CreatePerson
from plugins.drawn import SAME, drawn_face, is_same
from plugins.people.names_file import SavedFace
from plugins.people.naming import overlap
from plugins.records import Box, Person, Photo, Region


@dataclass(frozen=True, slots=True)
class Missed:
    """A saved name that cannot be given back, on which photo, and why."""

    name: str
    photo: str
    reason: str


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose the face at a place of a content is, as saved: the person's id or our key, and the face's id in changes."""

    content_key: str
    box: Box
    face: str
    person: str


@dataclass(frozen=True, slots=True)
class Restoring:
    """What gives saved names back: the changes in order, whose each face is then, and what is left.

    `already` counts the faces that have their name; `whose` holds them too.
    """

    changes: tuple[Change, ...]
    whose: tuple[Whose, ...]
    already: int
    missed: tuple[Missed, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """A saved face in a photo of now: the gallery's own face, or None where it has none at that place."""

    saved: SavedFace
    photo: Photo
    region: Region | None

    @property
    def face(self) -> str:
        """Return the face's id in changes."""
        return self.region.id if self.region else drawn_face(self.photo.id, self.saved.box)

    def holder(self) -> str:
        """Return the gallery's id of who it is, empty for nobody."""
        return self.region.person if self.region else ""

    def name(self, names: Mapping[str, str]) -> str:
        """Return whose name it has now, of people by id; of somebody hidden too, of whom a region tells none."""
        return (self.region.name or names.get(self.region.person, "")) if self.region else ""


def restoring(
    saved: Iterable[SavedFace],
    photos: Iterable[Photo],
    regions: Callable[[Iterable[Photo]], Iterable[tuple[Photo, Sequence[Region]]]],
    people: Sequence[Person],
    *,
    draws: bool,
    salt: str,
) -> Restoring:
    """Find saved faces again, and return the changes that give them their names.

    A face goes to a person only from nobody, or from somebody whom nobody has named: names that were given since stay.

    Args:
        saved: the faces of a backup.
        photos: the library's photos of now.
        regions: yields photos with all faces that the gallery knows in them; asked for those that a saved face is of.
        people: the people that the gallery knows; a name that none of them has makes a new person.
        draws: whether the gallery takes a face that it has not found itself.
        salt: makes the keys of new people differ from those of an earlier restoring, whom the user may have deleted.
    """
    wanted: dict[str, list[SavedFace]] = {}
    for face in saved:
        wanted.setdefault(face.content_key, []).append(face)
    found, missed = _found(wanted, regions([photo for photo in photos if photo.content_key in wanted]))
    names = {person.id: person.name for person in people}
    reasons = [_why_not(one, names, draws=draws) for one in found]
    missed += [Missed(o.saved.name, o.photo.name, reason) for o, reason in zip(found, reasons, strict=True) if reason]
    fit = [one for one, reason in zip(found, reasons, strict=True) if not reason]
    right = [one for one in fit if one.name(names) == one.saved.name]
    wrong = [one for one in fit if one.name(names) != one.saved.name]
    ids = _ids(people, {one.saved.name for one in fit}, Counter(map(_Found.holder, right)), salt)
    given = [AssignFace(o.face, ids[o.saved.name], o.holder() or None, asked=bool(o.holder())) for o in wrong]
    needed = {change.person for change in given} - names.keys()
    made = [CreatePerson(id_, name) for name, id_ in sorted(ids.items()) if id_ in needed]
    whose = [_whose(one, one.holder() or ids[one.saved.name]) for one in right]
    whose += [_whose(one, ids[one.saved.name]) for one in wrong]
    return Restoring((*made, *given), tuple(whose), len(right), tuple(missed))


def _whose(found: _Found, person: str) -> Whose:
    return Whose(found.saved.content_key, found.saved.box, found.face, person)


def _found(
    wanted: Mapping[str, Sequence[SavedFace]], there: Iterable[tuple[Photo, Sequence[Region]]]
) -> tuple[list[_Found], list[Missed]]:
    """Return the saved faces, by content, in the photos of now, and those of contents that no photo has."""
    found, seen = list[_Found | Missed](), set[str]()
    for photo, regions in there:
        seen.add(photo.content_key)
        found += _in_photo(wanted[photo.content_key], photo, regions)
    gone = (face for key, faces in wanted.items() if key not in seen for face in faces)
    found += [Missed(f.name, f.photo or f.content_key, "no photo of this content is in the library") for f in gone]
    return [one for one in found if isinstance(one, _Found)], [one for one in found if isinstance(one, Missed)]


def _in_photo(saved: Sequence[SavedFace], photo: Photo, regions: Sequence[Region]) -> Iterator[_Found | Missed]:
    """Yield each saved face of a photo with the gallery's face that it overlaps most, each of these once."""
    boxed = [(region, region.box) for region in regions if region.box is not None]
    overlaps = ((overlap(face.box, box), s, r) for s, face in enumerate(saved) for r, (_, box) in enumerate(boxed))
    of_saved: dict[int, int] = {}
    for share, s, r in sorted(overlaps, key=lambda pair: (-pair[0], pair[1:])):
        if share > SAME and s not in of_saved and r not in of_saved.values():
            of_saved[s] = r
    taken = [boxed[r][1] for r in of_saved.values()]
    for s, face in enumerate(saved):
        if s in of_saved:
            yield _Found(face, photo, boxed[of_saved[s]][0])
        elif any(is_same(face.box, box) for box in taken):
            yield Missed(face.name, photo.name, "the backup has another name for the same face")
        else:
            taken.append(face.box)
            yield _Found(face, photo, None)


def _why_not(found: _Found, names: Mapping[str, str], *, draws: bool) -> str:
    """Return why a name cannot be given back; empty where it can, or where the face has it."""
    if found.region is None:
        return "" if draws else "the gallery shows no face there"
    name = found.name(names)
    if name == found.saved.name:
        return ""
    if name:  # the name of somebody hidden is told nowhere
        return f"the face is {found.region.name or 'somebody else'}'s by now"
    return "" if found.region.id else "the gallery has no id for the face"


def _ids(people: Iterable[Person], names: Iterable[str], held: Mapping[str, int], salt: str) -> dict[str, str]:
    """Return the person of each name: of several the one with most of these faces, our key for a new one."""
    sharing: dict[str, list[str]] = {}
    for person in people:
        sharing.setdefault(person.name, []).append(person.id)
    return {
        name: min(sharing[name], key=lambda id_: (-held.get(id_, 0), id_)) if name in sharing else _key(name, salt)
        for name in names
    }


def _key(name: str, salt: str) -> str:
    return f"person-{hashlib.sha256(f'{salt} {name}'.encode()).hexdigest()[:12]}"
