"""The plan for people: somebody new with their faces, faces that join somebody, moves and names that the user wants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import count
from typing import Final

from plugins.changes import AssignFace, Change, CreatePerson, NamePerson, RemovePerson, UnassignFace
from plugins.publishing.ledger import Ledger
from plugins.publishing.people_now import PeopleNow
from plugins.publishing.wanted_people import AGAIN, NEW, Move, WantedPeople, WantedPerson, first_key, naming

_DEAD: Final = "deleted"


def plan_people(
    wanted: WantedPeople, ledger: Ledger, now: PeopleNow, unnamed: bool = True
) -> tuple[list[Change], frozenset[str]]:
    """Return the changes to people, and who is not made for want of a name; `ledger` must have observed `now` before.

    Faces that are somebody's stay theirs, but for the moves; a face is never given to somebody again whom the user has
    taken it off, and somebody whom the user has deleted is not made again of the same faces. A name is given once, to
    whom the gallery shows without one.

    Where the gallery holds nobody without a name (`unnamed` is False), somebody new without one waits for it: faces
    that the user took off somebody for them are nobody's until then.
    """
    names = dict(wanted.names) | {person.key: person.name for person in wanted.people if person.name}
    plan = _PeoplePlan(ledger, now, names, unnamed)
    changes = [change for move in wanted.moves for change in plan.moved(move)]
    changes += [change for person in wanted.people for change in plan.joined(person, wanted.min_faces)]
    gone = list(plan.emptied())
    named = plan.called(wanted.names, {change.key for change in gone})
    return [*changes, *gone, *named], frozenset(plan.nameless)


class _PeoplePlan:
    """One plan in the making: `made` are the people that it makes, `given` the faces with who gets them.

    `nameless` are those whom it would make if they had a name.
    """

    def __init__(self, ledger: Ledger, now: PeopleNow, names: Mapping[str, str], unnamed: bool) -> None:
        self.ledger, self.now, self.names, self.unnamed = ledger, now, names, unnamed
        self.nameless = set[str]()
        self.ours = {p.gallery_id: key for key, p in ledger.people.items() if key in now.people}
        self.made = set[str]()
        self.given: dict[str, str] = {}
        self.ended = _ended(ledger)
        self.again: dict[str, set[str]] = {}
        for key in {*ledger.people, *(person for _, person in ledger.faces)}:
            self.again.setdefault(first_key(key), {key}).add(key)

    def key_of(self, wanted: str) -> str | None:
        """Return by which key or id somebody is known; None for one who is gone for good.

        Whoever was lost with all their faces is made anew under another key: the gallery remembers the old one.
        """
        if not wanted.startswith(NEW):
            key = self.ours.get(wanted, wanted)
            return key if key in self.now.people else None
        for n in count(1):
            key = wanted if n == 1 else f"{wanted}{AGAIN}{n}"
            known = self.ledger.people.get(key)
            if known is None or known.state != "lost":
                return None if known is not None and known.state == _DEAD else key
        raise AssertionError("some key is free")

    def joined(self, wanted: WantedPerson, min_faces: int) -> Iterator[Change]:
        """Yield the faces that somebody gets, made first if need be."""
        key = self.key_of(wanted.key)
        if key is None:
            return
        faces = [face for face in wanted.faces if self._may_get(face, key)]
        new = not self._is_there(key)
        if not faces or (new and (len(faces) < min_faces or self._was_deleted(wanted.faces))):
            return
        if new and not self._can_be_made(wanted.key):
            return
        yield from self._create(key, wanted.key)
        for face in faces:
            self.given[face] = key
            yield AssignFace(face, key)

    def moved(self, move: Move) -> Iterator[Change]:
        """Yield what moves a face from one to another, once: not again when the user moves it on afterwards."""
        was, key = (self.key_of(person) if person else "" for person in (move.was, move.person))
        if key is None or was is None or key == was or self._holder(move.face) != was:
            return
        if key and not self._is_there(key) and not self._can_be_made(move.person):
            key = ""
        if move.face in self.given or self._is_settled(move.face, key, was):
            return
        self.given[move.face] = key
        if not key:
            yield UnassignFace(move.face, was, asked=True)
            return
        yield from self._create(key, move.person)
        yield AssignFace(move.face, key, was=was or None, asked=True)

    def called(self, names: Mapping[str, str], gone: Set[str]) -> Iterator[Change]:
        """Yield the names that the user asked for, of whom the gallery has without one; `gone` will be removed."""
        wanted = {key: name for person, name in sorted(names.items()) if (key := self.key_of(person))}
        for key, name in wanted.items():
            found = self.now.people.get(key)
            if found and not (found.name or found.hidden or key in gone or self._had_name(key, name)):
                yield NamePerson(key, name)

    def _had_name(self, key: str, name: str) -> bool:
        """Say whether we have given somebody this name before, under whichever of their keys."""
        given = self.ledger.people.get(naming(key))
        return given is not None and given.name == name

    def _holder(self, face: str) -> str | None:
        """Return whose a face is, empty for nobody's; None for one that there is not."""
        found = self.now.face(face)
        return found.person if found else "" if self.now.can_get(face) else None

    def _is_settled(self, face: str, key: str, was: str) -> bool:
        states = (
            self.ledger.faces[face, one].state for one in self._keys(key or was) if (face, one) in self.ledger.faces
        )
        return any(state != ("left" if key else "ours") for state in states)

    def emptied(self) -> Iterator[RemovePerson]:
        """Yield what removes people of ours whose last faces the user allowed us to move; no others."""
        held: dict[str, set[str]] = {}
        for region in self.now.faces.values():
            held.setdefault(region.person, set()).add(region.id)
        left = {self._holder(face) or "" for face in self.given}
        for (face, person), kept in self.ledger.faces.items():
            if kept.state in {"ours", "user"}:
                held.setdefault(person, set()).add(face)
            elif kept.state == "left":
                left.add(person)
        for key in sorted(left):
            known = self.ledger.people.get(key)
            stays = {face for face in held.get(key, ()) if self.given.get(face, key) == key}
            if known and known.state == "live" and not stays and key not in self.given.values():
                yield RemovePerson(key, known.name)

    def _create(self, key: str, wanted: str) -> Iterator[Change]:
        if not self._is_there(key):
            self.made.add(key)
            yield CreatePerson(key, self._name_of(wanted))

    def _can_be_made(self, wanted: str) -> bool:
        if self.unnamed or self._name_of(wanted):
            return True
        self.nameless.add(wanted)
        return False

    def _name_of(self, wanted: str) -> str:
        """Return the name of somebody new; not one that the user had taken off them before all of theirs was lost."""
        name = self.names.get(wanted, "")
        before = self._keys(wanted) & self.ledger.people.keys()
        last = max(before, key=lambda key: (len(key), key), default="")
        taken = last and self.ledger.people[last].name != name and self._had_name(wanted, name)
        return "" if taken else name

    def _is_there(self, key: str) -> bool:
        return key in self.now.people or key in self.made

    def _may_get(self, face: str, key: str) -> bool:
        return face not in self.given and not self._was_theirs(face, key) and self.now.can_get(face)

    def _was_theirs(self, face: str, key: str) -> bool:
        """Say whether we have given somebody this face before, under whichever of their keys."""
        return any((face, one) in self.ledger.faces for one in self._keys(key))

    def _keys(self, key: str) -> set[str]:
        """Return all keys under which somebody was made."""
        return self.again.get(first_key(key), {key})

    def _was_deleted(self, faces: Sequence[str]) -> bool:
        """Say whether these are the faces of somebody whom the user has deleted: half of theirs or half of these."""
        wanted = set(faces)
        return any(2 * len(wanted & theirs) >= min(len(wanted), len(theirs)) for theirs in self.ended)


def _ended(ledger: Ledger) -> list[set[str]]:
    """Return the faces of each of ours whom the user has deleted."""
    ended: dict[str, set[str]] = {key: set() for key, person in ledger.people.items() if person.state == _DEAD}
    for face, person in ledger.faces:
        if person in ended:
            ended[person].add(face)
    return [faces for faces in ended.values() if faces]
