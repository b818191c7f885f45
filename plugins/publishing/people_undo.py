"""Taking a run's changes to people back, except where the user has built on them since."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from plugins.changes import AssignFace, Change, CreatePerson, NamePerson, PersonChange, RemovePerson, UnassignFace
from plugins.publishing.ledger import Ledger, LedgerPerson
from plugins.publishing.people_now import PeopleNow
from plugins.publishing.wanted_people import naming


def undo_people(done: Sequence[Change], ledger: Ledger, now: PeopleNow) -> tuple[list[Change], list[LedgerPerson]]:
    """Return the changes that take a run's changes to people back, and the people who stay as the user built on them.

    Args:
        done: the changes of the run that the gallery has, in the order in which they were made.
        ledger: the ledger, having observed `now`.
        now: the people as they are, and the faces of these changes.
    """
    steps = [change for change in done if isinstance(change, PersonChange)]
    created = {c.key: c.name for c in steps if isinstance(c, CreatePerson) and c.key in ledger.people}
    kept = {key for key, name in created.items() if _built_on(key, name, steps, ledger)}
    undo = _PeopleUndo(ledger, now, created.keys() - kept, kept)
    changes = [change for step in reversed(_lasting(steps)) for change in undo.inverse(step)]
    return changes, [ledger.people[key] for key in sorted(kept)]


def _lasting(steps: Sequence[PersonChange]) -> list[PersonChange]:
    """Return the changes without faces that somebody got and that the same run took off them: they came along."""
    kept, given = dict(enumerate(steps)), dict[tuple[str, str], int]()
    for n, step in enumerate(steps):
        if isinstance(step, AssignFace) and step.was is None:
            given[step.face, step.person] = n
        elif isinstance(step, UnassignFace) and (step.face, step.person) in given:
            del kept[given.pop((step.face, step.person))], kept[n]
    return list(kept.values())


def _built_on(key: str, name: str, steps: Sequence[PersonChange], ledger: Ledger) -> bool:
    """Say whether the user has named somebody of ours, touched their faces, or let others' faces join them since.

    A name that we have given them since, as the user asked for it, is the user's work as well.
    """
    known = ledger.people[key]
    states = {face: kept.state for (face, person), kept in ledger.faces.items() if person == key}
    moved = {face for (face, person), kept in ledger.faces.items() if kept.state == "left" and person != key}
    here = {c.face for c in steps if isinstance(c, AssignFace) and c.person == key}
    joined = any(state == "ours" and face in moved - here for face, state in states.items())
    named = known.state == "theirs" or known.name != name
    return named or joined or not {"user", "removed"}.isdisjoint(states.values())


class _PeopleUndo:
    """One undo in the making; `going` are the people whom it removes, `staying` those of the run's who stay."""

    def __init__(self, ledger: Ledger, now: PeopleNow, going: set[str], staying: set[str]) -> None:
        self.ledger, self.now, self.going, self.staying = ledger, now, going, staying
        self.back = set[str]()
        self.off = set[tuple[str, str]]()

    def inverse(self, change: PersonChange) -> Iterator[Change]:
        """Yield what takes one change back, nothing where the user has been at it since."""
        match change:
            case CreatePerson(key=key, name=name):
                if key in self.going and self.ledger.people[key].state == "live":
                    yield from self._all_off(key)
                    yield RemovePerson(key, name)
            case RemovePerson(key=key):
                if key not in self.ledger.people:
                    self.back.add(key)
                    yield change.inverse()
            case NamePerson() if self._is_called(change):
                yield change.inverse()
            case AssignFace(face=face, person=person, was=was):
                if person not in self.staying and self._is_ours(face, person):
                    self.off.add((face, person))
                    yield self._given_back(face, person, was)
            case UnassignFace(face=face, person=person):
                known = self.ledger.faces.get((face, person))
                if (known is None or known.state == "left") and self.now.can_get(face) and self._is_there(person):
                    yield AssignFace(face, person)

    def _is_called(self, change: NamePerson) -> bool:
        """Say whether somebody has the name that they were given, or is still without the one that was taken back."""
        found = self.now.people.get(change.key)
        if found is None or found.name != change.name:
            return False
        return bool(change.name) or not (found.hidden or naming(change.key) in self.ledger.people)

    def _given_back(self, face: str, person: str, was: str | None) -> Change:
        if was is not None and self._is_there(was):
            return AssignFace(face, was, was=person)
        return UnassignFace(face, person)

    def _is_there(self, person: str) -> bool:
        return person in self.now.people or person in self.back

    def _is_ours(self, face: str, person: str) -> bool:
        known, found = self.ledger.faces.get((face, person)), self.now.face(face)
        return (
            known is not None
            and known.state == "ours"
            and found is not None
            and found.person == person
            and (face, person) not in self.off
        )

    def _all_off(self, key: str) -> Iterator[Change]:
        """Yield what takes the other faces of ours off somebody who goes, those of later runs."""
        for face in sorted(face for face, person in self.ledger.faces if person == key):
            if self._is_ours(face, key):
                self.off.add((face, key))
                yield UnassignFace(face, key)
