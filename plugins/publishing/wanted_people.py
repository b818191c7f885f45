"""What the people step wants of the gallery: new people, faces that join somebody, and moves that the user allowed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

NEW: Final = "person-"
"""How our keys of new people begin; the gallery's own ids do not."""
AGAIN: Final = "_"
"""Stands in such a key before a number: the second time that somebody is made, and so on; 0 is who was removed."""


def first_key(key: str) -> str:
    """Return the key under which somebody of ours was made first."""
    return key.partition(AGAIN)[0] if key.startswith(NEW) else key


def naming(key: str) -> str:
    """Return the key under which the ledger notes the name that somebody was given, by our key or the gallery's id."""
    return f"named:{first_key(key)}"


@dataclass(frozen=True, slots=True)
class SeenFace:
    """One face, whose it is now, and whose our step says it is.

    Args:
        id: the gallery's id of it, or that of a box which only we found (`drawn`).
        photo: the photo that it is in.
        drawn: the gallery knows no such face; we would have to draw it.
        holder: whose it is: the gallery's id of a person, or our key; empty for nobody.
        holder_named: the holder has a name.
        person: whose our step says it is: the gallery's id, or our key of a group of faces; empty for nobody.
        person_named: that person has a name.
        probability: calibrated probability that our step is right, 0 to 1.
    """

    id: str
    photo: str
    drawn: bool = False
    holder: str = ""
    holder_named: bool = False
    person: str = ""
    person_named: bool = False
    probability: float = 0.0


@dataclass(frozen=True, slots=True)
class WantedPerson:
    """Faces that should be one person's: of somebody in the gallery, by its id, or of a new one, by our key.

    `name` is what a new person is called, empty unless the user has said it.
    `faces` may be empty where only moves make somebody new.
    """

    key: str
    name: str
    faces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """A face that goes from one person to another because the user said so; nobody is the empty string."""

    face: str
    person: str
    was: str


@dataclass(frozen=True, slots=True)
class WantedPeople:
    """All that is wanted of people and their faces; nobody new is made of fewer than `min_faces`.

    `names` are those that the user asked for, by our key or the gallery's id of whom they are for.
    """

    people: tuple[WantedPerson, ...] = ()
    moves: tuple[Move, ...] = ()
    min_faces: int = 3
    names: Mapping[str, str] = field(default_factory=dict)

    def faces(self) -> frozenset[str]:
        """Return the faces that are spoken of."""
        return frozenset(face for person in self.people for face in person.faces) | {m.face for m in self.moves}


def wanted_people(faces: Sequence[SeenFace], min_faces: int, precision: float, draw: bool) -> WantedPeople:
    """Say which faces should join whom, by the rules for what needs no question.

    A face that is nobody's joins somebody with a name when the step is right with the probability `precision` at least.
    It joins somebody without a name, in the gallery or new, when at least `min_faces` are theirs with it. A face that
    is somebody's stays theirs.

    Args:
        faces: every face that the gallery or our extractor has found.
        min_faces: faces that make somebody.
        precision: see above, 0 to 1.
        draw: faces that only we found are drawn into the gallery; else they are left out.
    """
    joins: dict[str, list[SeenFace]] = {}
    theirs: dict[str, set[str]] = {}
    for face in faces:
        if not face.person or face.holder not in {"", face.person} or (face.drawn and not draw):
            continue
        theirs.setdefault(face.person, set()).add(face.id)
        if not face.holder and (face.probability >= precision or not face.person_named):
            joins.setdefault(face.person, []).append(face)
    return WantedPeople(
        people=tuple(
            WantedPerson(person, "", tuple(sorted({face.id for face in found})))
            for person, found in sorted(joins.items())
            if found[0].person_named or len(theirs[person]) >= min_faces
        ),
        min_faces=min_faces,
    )
