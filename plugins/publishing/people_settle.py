"""What a change to people does to the ledger once the gallery has it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from plugins.changes import (
    AssignFace,
    Change,
    CreatePerson,
    NamePerson,
    Outcome,
    PersonChange,
    RemovePerson,
    UnassignFace,
)
from plugins.publishing.ledger import FaceState, Ledger, LedgerFace, LedgerPerson, PersonState, Touched
from plugins.publishing.wanted_people import AGAIN, first_key, naming

_OFF: Final = frozenset({"removed", "left"})


def faces_of(changes: Iterable[Change]) -> set[str]:
    """Return the faces that these changes give or take."""
    return {change.face for change in changes if isinstance(change, AssignFace | UnassignFace)}


def given_along(change: Change, outcome: Outcome) -> list[AssignFace]:
    """Return the changes that the gallery made of itself along with one of ours, as if we had made them."""
    if not isinstance(change, AssignFace) or outcome.status != "done":
        return []
    return [AssignFace(face, change.person) for face in outcome.along]


def taken_off_again(change: Change, outcome: Outcome, ledger: Ledger) -> list[UnassignFace]:
    """Return what takes off again those of `given_along` that are to stay off the person.

    The user has taken them off, has allowed it, or has undone for good that they were given.
    """
    along = given_along(change, outcome)
    if not along:
        return []
    person = along[0].person
    off = {
        face
        for (face, one), kept in ledger.faces.items()
        if kept.state in _OFF and _is_same(ledger, one, person, outcome.gallery_id)
    }
    return [UnassignFace(given.face, person) for given in along if given.face in off]


def _is_same(ledger: Ledger, one: str, person: str, gallery_id: str) -> bool:
    """Say whether one is the person, under whichever of their keys, or the gallery's id that they have now."""
    known = ledger.people.get(one)
    return first_key(one) == first_key(person) or gallery_id in {one, known.gallery_id if known else ""} - {""}


def settle_people(ledger: Ledger, change: PersonChange, outcome: Outcome, *, for_good: bool = False) -> Touched:
    """Write a change to people into the ledger; return what to save.

    What the gallery refuses is not asked for again: somebody whom it does not remove is the user's, a face that it does
    not give is kept from that person, one that it does not take off stays, and whom it remembers as gone was deleted by
    the user. A name too is asked for once. `for_good` records what an undo takes away as the user's own decision.
    """
    if outcome.status == "taken" or (outcome.status == "gone" and not isinstance(change, CreatePerson | RemovePerson)):
        return Touched()
    match change:
        case CreatePerson() | RemovePerson():
            return _settle_person(ledger, change, outcome, for_good)
        case NamePerson():
            return _settle_name(ledger, change, outcome, for_good)
        case AssignFace():
            return _settle_given(ledger, change, outcome, for_good)
        case UnassignFace(face=face, person=person, asked=asked):
            if outcome.status == "refused":
                return _put(ledger, face, person, "user") if asked else Touched()
            known = ledger.faces.get((face, person))
            before = known.state if known and known.state in _OFF else None  # it came along, and is taken off again
            return _put(ledger, face, person, "left" if asked else "removed" if for_good else before)


def _settle_person(ledger: Ledger, change: CreatePerson | RemovePerson, outcome: Outcome, for_good: bool) -> Touched:
    known = ledger.people.get(change.key)
    if isinstance(change, CreatePerson):
        if outcome.status == "refused":
            return Touched()
        if known is None or known.state in {"deleted", "lost"}:
            made: PersonState = "theirs" if for_good else "live"
            state: PersonState = "deleted" if outcome.status == "gone" else made
            ledger.people[change.key] = LedgerPerson(change.key, outcome.gallery_id, change.name, state)
            if change.name:
                return Touched(people=frozenset({change.key})) | _note_name(ledger, change.key, change.name)
    elif known is None:
        return Touched()
    elif outcome.status == "refused":
        ledger.people[change.key] = replace(known, state="theirs")
    elif for_good:
        ledger.people[change.key] = replace(known, state="deleted")
    else:
        del ledger.people[change.key]
        forgotten = _note_name(ledger, change.key, None) if change.name else Touched()
        return Touched(people=frozenset({change.key})) | _past(ledger, change.key) | forgotten
    return Touched(people=frozenset({change.key}))


def _settle_name(ledger: Ledger, change: NamePerson, outcome: Outcome, for_good: bool) -> Touched:
    """Note that a name was given, so that it is not given again, or forget it as it was taken back.

    Of ours the name is the one that we have seen: another is the user's. So is one that was there already.
    """
    if not change.name and outcome.status != "done":
        return Touched()
    keep = change.name or for_good
    noted = _note_name(ledger, change.key, (change.name or change.was) if keep else None)
    known = ledger.people.get(change.key)
    if known is None or outcome.status != "done":
        return noted
    ledger.people[change.key] = replace(known, name=change.name)
    return noted | Touched(people=frozenset({change.key}))


def _note_name(ledger: Ledger, key: str, name: str | None) -> Touched:
    """Note the name that somebody was given, None to forget it."""
    note = naming(key)
    ledger.people.pop(note, None)
    if name is not None:
        ledger.people[note] = LedgerPerson(note, name=name, state="named")
    return Touched(people=frozenset({note}))


def _past(ledger: Ledger, key: str) -> Touched:
    """Keep what the user took off somebody whom we have removed, apart from who may be made under the key again."""
    here = {pair: kept for pair, kept in ledger.faces.items() if pair[1] == key}
    past = {(face, f"{first_key(key)}{AGAIN}0"): kept for (face, _), kept in here.items() if kept.state == "removed"}
    for pair in here:
        del ledger.faces[pair]
    ledger.faces.update(past)
    return Touched(faces=frozenset({*here, *past}))


def _settle_given(ledger: Ledger, change: AssignFace, outcome: Outcome, for_good: bool) -> Touched:
    """Note to whom a face was given, and that whoever had it before has lost it by the user's leave.

    A face that the person had already was given by the user.
    """
    if outcome.status == "refused":
        return _put(ledger, change.face, change.person, "removed")
    met = _met(ledger, change.person, outcome.gallery_id)
    off = {again.face for again in taken_off_again(change, outcome, ledger)}
    for along in given_along(change, outcome):
        if along.face not in off:
            met |= _put(ledger, along.face, along.person, "user" if for_good else "ours")
    if outcome.status == "already":
        known = ledger.faces.get((change.face, change.person))
        return met | _put(ledger, change.face, change.person, known.state if known else "user")
    given = met | _put(ledger, change.face, change.person, "user" if for_good else "ours")
    if change.was is None:
        return given
    return given | _put(ledger, change.face, change.was, "left" if change.asked else "removed" if for_good else None)


def _met(ledger: Ledger, person: str, gallery_id: str) -> Touched:
    """Note by which id the gallery knows somebody of ours: it may have made them again before their first face."""
    known = ledger.people.get(person)
    if known is None or gallery_id in {"", known.gallery_id}:
        return Touched()
    ledger.people[person] = replace(known, gallery_id=gallery_id)
    return Touched(people=frozenset({person}))


def _put(ledger: Ledger, face: str, person: str, state: FaceState | None) -> Touched:
    """Set the state of a face with a person, None to forget it."""
    known = ledger.faces.pop((face, person), None)
    if state is not None:
        ledger.faces[face, person] = LedgerFace(state, known.box if known else None)
    return Touched(faces=frozenset({(face, person)}))
