"""What the people step wants of the gallery: new people, faces that join somebody, and moves that the user allowed."""

from __future__ import annotations

from dataclasses import dataclass


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

    `name` is what a new person is called, empty unless the user has said it; those in the gallery are never renamed.
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
    """All that is wanted of people and their faces."""

    people: tuple[WantedPerson, ...] = ()
    moves: tuple[Move, ...] = ()
