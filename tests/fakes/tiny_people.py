"""People and faces that fit in a dictionary, with a user who moves them: what the tiny gallery knows of people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from plugins.changes import AssignFace, CreatePerson, NamePerson, Outcome, PersonChange, RemovePerson
from plugins.drawn import drawn_at
from plugins.records import Box, Person, Photo, Region


def boxed(n: int) -> Box:
    """Return the place of the n-th face of a photo; none overlaps another."""
    return (n * 0.25, 0.25, n * 0.25 + 0.125, 0.5)


@dataclass
class TinyPeople:
    """People by the gallery's own id, its id for each key of ours, and whose each face is (empty: nobody's).

    `alike` are the groups of faces that the gallery gives to whoever gets one of them, as far as they are nobody's.
    """

    persons: dict[str, Person] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    regions: dict[str, Region] = field(default_factory=dict)
    alike: list[set[str]] = field(default_factory=list)
    born: int = 0
    named_anew: int = 0

    def regions_of_people(self, photos: Iterable[Photo]) -> Iterator[tuple[Photo, Sequence[Region]]]:
        """Yield photos with the faces that `regions` gives."""
        return ((photo, self.regions(photo)) for photo in photos)

    def all_regions(self, photos: Iterable[Photo]) -> Iterator[tuple[Photo, Sequence[Region]]]:
        for photo in photos:
            found = (r for r in self.regions.values() if r.photo == photo.id)
            yield photo, [replace(r, name=self.persons[r.person].name if r.person else "") for r in found]

    def people(self) -> Sequence[Person]:
        return tuple(self.persons.values())

    def change_people(self, change: PersonChange) -> Outcome:
        if isinstance(change, CreatePerson):
            return self._create_person(change)
        if isinstance(change, RemovePerson):
            return self._remove_person(change)
        if isinstance(change, NamePerson):
            return self._name_person(change)
        target = self.keys.get(change.person, change.person)
        if target not in self.persons:
            return Outcome("gone")
        if isinstance(change, AssignFace):
            return self._assign(change, target)
        found = self.face(change.face)
        if found is None or found.person != target:
            return Outcome("already" if found else "gone")
        self.hand(found.id, "")
        return Outcome("done")

    def _create_person(self, change: CreatePerson) -> Outcome:
        known = self.keys.get(change.key)
        if known is not None:
            return Outcome("already" if known in self.persons else "gone", gallery_id=known)
        self.keys[change.key] = made = self.add_person(change.name)
        return Outcome("done", gallery_id=made)

    def _remove_person(self, change: RemovePerson) -> Outcome:
        known = self.keys.get(change.key, "")
        if known not in self.persons:
            return Outcome("gone")
        if self.faces_of(known) or self.persons[known].name != change.name:
            return Outcome("refused", "the user has been at it")
        del self.persons[known], self.keys[change.key]
        return Outcome("done", gallery_id=known)

    def _name_person(self, change: NamePerson) -> Outcome:
        person = self.persons.get(self.keys.get(change.key, change.key))
        if person is None:
            return Outcome("gone")
        if person.name not in {change.was, change.name}:
            return Outcome("refused", "the user has named the person")
        self.call(person.id, change.name)
        return Outcome("already" if person.name == change.name else "done")

    def _assign(self, change: AssignFace, target: str) -> Outcome:
        found, place = self.face(change.face), drawn_at(change.face)
        if found is None and place is not None:
            self.regions[change.face] = found = Region(*place, id=change.face)
        if found is None:
            return Outcome("gone")
        if found.person == target:
            return Outcome("already")
        if found.person != self.keys.get(change.was or "", change.was or ""):
            return Outcome("refused", "the user has given the face to somebody else")
        alike = {face for group in self.alike if found.id in group for face in group - {found.id}}
        along = tuple(sorted(face for face in alike if not self.regions[face].person))
        for face in (found.id, *along):
            self.hand(face, target)
        return Outcome("done", gallery_id=target, along=along)

    def face(self, face: str) -> Region | None:
        return self.regions.get(face)

    # What a user does by hand, or the gallery by itself.
    def add_person(self, name: str = "") -> str:
        self.born += 1
        person = f"id{self.born}"
        self.persons[person] = Person(person, name)
        return person

    def add_face(self, photo: str, n: int = 0, person: str = "") -> str:
        face = f"{photo}#{n}"
        self.regions[face] = Region(photo, boxed(n), id=face, person=person)
        return face

    def hand(self, face: str, person: str) -> None:
        """Give a face to somebody, or take it off everybody; a face that only we found goes with that."""
        if not person and drawn_at(face):
            del self.regions[face]
        else:
            self.regions[face] = replace(self.regions[face], person=person)

    def call(self, person: str, name: str) -> None:
        self.persons[person] = replace(self.persons[person], name=name)

    def faces_of(self, person: str) -> list[str]:
        return sorted(face for face, region in self.regions.items() if region.person == person)

    def delete_person(self, person: str) -> None:
        for face in self.faces_of(person):
            self.hand(face, "")
        del self.persons[person]

    def merge(self, person: str, into: str) -> None:
        for face in self.faces_of(person):
            self.hand(face, into)
        del self.persons[person]

    def look_for_faces_anew(self) -> None:
        """Give all faces that the gallery found other ids, nobody's, and drop people who are left without a face."""
        self.named_anew += 1
        old = [region for region in self.regions.values() if not drawn_at(region.id)]
        kept = {face: region for face, region in self.regions.items() if drawn_at(face)}
        made = [replace(r, id=f"{r.id.split('~')[0]}~{self.named_anew}", person="") for r in old]
        self.regions = kept | {region.id: region for region in made}
        self.persons = {i: p for i, p in self.persons.items() if self.faces_of(i)}

    def shown_people(self, shots: Iterable[str]) -> tuple[object, ...]:
        """Return who is who, without the gallery's own ids: the name of each person with the places of their faces."""
        there = set(shots)
        return tuple(
            sorted(
                (p.name, sorted((r.photo, r.box) for r in self.regions.values() if r.person == i and r.photo in there))
                for i, p in self.persons.items()
            )
        )
