"""The people of the gallery as they are now, and the faces of those photos that the ledger or the wanted state name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from plugins.drawn import drawn_at, is_same, photo_of
from plugins.galleries import Gallery
from plugins.publishing.ledger import Ledger
from plugins.records import Box, Person, Photo, Region


@dataclass(frozen=True, slots=True)
class PeopleNow:
    """People by our key where they are ours, else by the gallery's id; faces by id, and by photo for what was read.

    `photos` are all photos that there are. The `person` of a face is named as in `people`.
    """

    people: Mapping[str, Person] = field(default_factory=dict)
    faces: Mapping[str, Region] = field(default_factory=dict)
    of_photo: Mapping[str, tuple[Region, ...]] = field(default_factory=dict)
    photos: frozenset[str] = frozenset()

    def face(self, face: str) -> Region | None:
        """Return a face by its id, one that only we found by its place too; None where the gallery has none."""
        found = self.faces.get(face)
        if found is not None:
            return found
        place = drawn_at(face)
        return None if place is None else self.at(*place)

    def at(self, photo: str, box: Box) -> Region | None:
        """Return the face of a photo that is in this place, None without one."""
        return next((r for r in self.of_photo.get(photo, ()) if r.id and r.box and is_same(r.box, box)), None)

    def can_get(self, face: str) -> bool:
        """Say whether a face can be given to somebody: it is nobody's, or could be drawn into its photo."""
        found = self.face(face)
        return not found.person if found else drawn_at(face) is not None and photo_of(face) in self.photos


def read_people(
    gallery: Gallery, photos: Iterable[Photo], ledger: Ledger, faces: Iterable[str], names: Collection[str] = ()
) -> PeopleNow:
    """Read the people, and the faces of the photos that hold one of `faces` or one that the ledger names.

    Nothing is asked of a gallery that knows no people, or where there is nothing to compare: no face, nobody of ours,
    and nobody who may be given a name (`names`).
    """
    named = {photo_of(face) for face in faces} | {photo_of(face) for face, _ in ledger.faces}
    if not gallery.capabilities.people or not (named or names or ledger.people):
        return PeopleNow()
    snapshot = tuple(photos)
    keys = {person.gallery_id: key for key, person in ledger.people.items() if person.state in {"live", "theirs"}}
    read = gallery.all_regions([photo for photo in snapshot if photo.id in named])
    of_photo = {
        photo.id: tuple(replace(r, person=keys[r.person]) if r.person in keys else r for r in regions)
        for photo, regions in read
    }
    return PeopleNow(
        people={keys.get(person.id, person.id): person for person in gallery.people()},
        faces={r.id: r for regions in of_photo.values() for r in regions if r.id},
        of_photo=of_photo,
        photos=frozenset(photo.id for photo in snapshot),
    )
