"""What the user did to people and faces of ours: named, hidden, deleted, moved, taken off, given back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, Literal, TypeAlias

from plugins.drawn import drawn_at, photo_of
from plugins.publishing.ledger import FaceState, Ledger, LedgerFace, LedgerPerson, Touched
from plugins.publishing.people_now import PeopleNow

PersonEdit: TypeAlias = Literal[
    "named", "hid", "deleted the person", "took faces off", "moved faces", "gave faces back"
]  # fmt: skip
"""What the user did to somebody; each is told with the person's name and the photos of the faces."""
Seen: TypeAlias = tuple[PersonEdit, str, str, str]
"""An edit, the person's key or id, their name, and the photo of the face (empty where it is about the person)."""
Pair: TypeAlias = tuple[str, str]
_GIVEN: Final = frozenset({"ours", "user"})


def observe_people(ledger: Ledger, now: PeopleNow) -> tuple[list[Seen], Touched]:
    """Bring people and faces of the ledger up to date with what the user did; return the edits and what changed.

    Doing it twice is doing it once. Faces that the gallery names anew (it has looked for faces again) are found by
    their place; whom they then belong to says nothing about the user.
    """
    if not (ledger.people or ledger.faces) or not now.photos:
        return [], Touched()
    people = dict(_people(ledger, now))
    pairs = _renamed(ledger, now)
    seen = [_person_edit(ledger.people[key], person) for key, person in people.items()]
    ledger.people.update(people)
    for pair, kept in list(ledger.faces.items()):
        after = _face(pair, kept, ledger, now)
        if after == kept:
            continue
        pairs.add(pair)
        if after is None:
            del ledger.faces[pair]
            continue
        ledger.faces[pair] = after
        seen += _face_edit(pair, kept, after, now)
    return [edit for edit in seen if edit is not None], Touched(people=frozenset(people), faces=frozenset(pairs))


def _renamed(ledger: Ledger, now: PeopleNow) -> set[Pair]:
    """Give faces that the gallery names anew their new ids, and forget that we gave them; return the pairs touched.

    We may give such a face to the same person again, as a reset took it off and not the user; what the user took off
    stays off.
    """
    touched = set[Pair]()
    for (face, person), kept in list(ledger.faces.items()):
        if kept.box is None or face in now.faces or drawn_at(face) is not None:
            continue
        found = now.at(photo_of(face), kept.box)
        if found is None:
            continue
        del ledger.faces[face, person]
        touched.add((face, person))
        if kept.state != "ours" or found.person == person:
            ledger.faces[found.id, person] = kept
            touched.add((found.id, person))
    return touched


def _people(ledger: Ledger, now: PeopleNow) -> Iterator[tuple[str, LedgerPerson]]:
    held: dict[str, list[str]] = {}
    for (face, person), kept in ledger.faces.items():
        if kept.state in _GIVEN:
            held.setdefault(person, []).append(face)
    for key, known in ledger.people.items():
        if known.state not in {"live", "theirs"}:
            continue
        found = now.people.get(key)
        if found is None:
            yield key, replace(known, state="lost" if _is_lost(held.get(key, ()), now) else "deleted")
        elif found.name != known.name or (found.hidden and known.state == "live"):
            yield key, replace(known, name=found.name, state="theirs")


def _is_lost(faces: list[str] | tuple[str, ...], now: PeopleNow) -> bool:
    """Say whether somebody went as all of their faces went: with their photos, or in a reset of the gallery's faces.

    A face that only we found is in no reset. Of whom the user has taken all faces nobody can tell.
    """
    there = (face in now.faces or (drawn_at(face) and photo_of(face) in now.photos) for face in faces)
    return bool(faces) and not any(there)


def _person_edit(known: LedgerPerson, after: LedgerPerson) -> Seen | None:
    if after.state == "lost":
        return None
    if after.state == "deleted":
        return "deleted the person", known.key, known.name, ""
    return ("named" if after.name != known.name else "hid"), known.key, after.name, ""


def _face(pair: Pair, kept: LedgerFace, ledger: Ledger, now: PeopleNow) -> LedgerFace | None:
    """Return a face of the ledger as it is now, None to forget it."""
    face, person = pair
    if person not in now.people:
        # Of somebody of ours who is gone the faces are remembered, so that they are not made again of them.
        state = ledger.people[person].state if person in ledger.people else "lost"
        return kept if kept.state in {"removed", "left"} or state == "deleted" else None
    found = now.face(face)
    if found is None:
        gone_by_hand = drawn_at(face) is not None and photo_of(face) in now.photos and kept.state in _GIVEN
        return replace(kept, state="removed") if gone_by_hand else kept
    state_now: FaceState = kept.state
    if found.person == person:
        state_now = kept.state if kept.state in _GIVEN else "user"
    elif kept.state in _GIVEN:
        state_now = "removed"
    return LedgerFace(state_now, found.box or kept.box)


def _face_edit(pair: Pair, kept: LedgerFace, after: LedgerFace, now: PeopleNow) -> list[Seen]:
    if after.state == kept.state:
        return []
    face, person = pair
    found = now.face(face)
    edit: PersonEdit = "gave faces back"
    if after.state == "removed":
        edit = "moved faces" if found and found.person else "took faces off"
    return [(edit, person, now.people[person].name, photo_of(face))]
