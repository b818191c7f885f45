"""Whose the faces are, from what is said, what is grouped and how sure that is: labels, and what the user is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from plugins.people import Floats, IntArray, Vectors
from plugins.people.certainty import (
    ENOUGH_PEOPLE,
    SHIPPED,
    Known,
    Scale,
    probability,
    weights_by,
)

ASKED_FROM: Final = 0.8
"""From this probability on the user is asked whether a face is a named person's."""
TWICE: Final = 0.9
"""The probability that is left of a second face of one person in one photo: mirrors and collages exist."""
Origin = Literal["user", "gallery", "ours"]


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What stands of n faces before any method has a say.

    `held` is whose a face is by the word of the user or the gallery, "" for nobody; `given` is to whom we gave it in
    the gallery, where the user has left it; `named` are the people who have names; `denied` are (face, person) pairs
    that the user ruled out.
    """

    held: Sequence[str]
    given: Sequence[str]
    named: frozenset[str]
    denied: frozenset[tuple[int, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Label:
    """Whose a face is, by whose word, and how surely, 0 to 1."""

    face: int
    person: str
    origin: Origin
    strength: float


@dataclass(frozen=True, slots=True)
class Asked:
    """A face that may be a named person's, and how surely, 0 to 1."""

    face: int
    person: str
    probability: float


@dataclass(frozen=True, slots=True, eq=False)
class Likely:
    """The likeliest named person of each of n faces, "" for nobody, and how surely, float (n,), 0 to 1."""

    person: Sequence[str]
    probability: NDArray[np.float64]


def likely_people(
    units: Vectors, photo: IntArray, cluster: IntArray, said: Said, scale: Scale, min_faces: int
) -> Likely:
    """Say who of the named people each face is likeliest, and how surely; of held faces nothing is said.

    A second face in a photo that shows the person already is at most `TWICE` sure.

    Args:
        units: vectors of length 1, zero where nothing can be said, shape (n, d).
        photo: which photo each face is in, shape (n,).
        cluster: groups of the faces, shape (n,).
        said: what stands of them.
        scale: of strangers.
        min_faces: fewest faces of a group that may be somebody else.
    """
    n, people = len(units), sorted(said.named & set(said.held))
    number = {person: k for k, person in enumerate(people)}
    person = np.array([number.get(held, -1) for held in said.held], dtype=np.int64)
    found, sure = [""] * n, np.zeros(n)
    known = Known(units, person, cluster, scale, min_faces)
    free = np.array([row for row in range(n) if not said.held[row] and cluster[row] >= 0], dtype=np.int64)
    if not people or not len(free):
        return Likely(found, sure)
    seen = known.likeness(free)
    sure[free] = probability(seen, _weights(known, person))
    for row, who in zip(free.tolist(), seen.person.tolist(), strict=True):
        found[row] = people[who] if who >= 0 else ""
    return Likely(found, _once_a_photo(found, sure, photo, said))


def _weights(known: Known, person: IntArray) -> NDArray[np.float64]:
    counts = np.bincount(person[person >= 0])
    if (counts >= 2).sum() < ENOUGH_PEOPLE:
        return np.array(SHIPPED)
    return weights_by(known, np.flatnonzero(person >= 0))


def _once_a_photo(found: Sequence[str], sure: NDArray[np.float64], photo: IntArray, said: Said) -> NDArray[np.float64]:
    there = {(int(photo[row]), held) for row, held in enumerate(said.held) if held}
    result = sure.copy()
    for row in np.argsort(-sure, kind="stable").tolist():
        if found[row] and (place := (int(photo[row]), found[row])) in there:
            result[row] = min(result[row], TWICE)
        elif found[row] and sure[row] >= ASKED_FROM:
            there.add(place)
    return result


def label(
    cluster: IntArray, confidence: Floats, who: dict[int, str], said: Said, likely: Likely, precision: float
) -> tuple[list[Label], list[Asked]]:
    """Say whose each face is, and what the user is asked.

    A held face stays whose it is. Any other joins a named person only from the probability `precision` on, and the
    unnamed person whom its cluster is otherwise; from `ASKED_FROM` on the user is asked. What we gave before stays.

    Args:
        cluster: the cluster of each face, shape (n,).
        confidence: how surely a face belongs to its cluster, NaN where unknown, shape (n,).
        who: person by cluster.
        said: what stands of the faces.
        likely: the likeliest named person of each.
        precision: see above.
    """
    labels: list[Label] = []
    asked: list[Asked] = []
    columns = (cluster.tolist(), np.nan_to_num(confidence, nan=1.0).tolist(), likely.probability.tolist())
    for row, (number, belongs, p) in enumerate(zip(*columns, strict=True)):
        if held := said.held[row]:
            labels.append(Label(row, held, "user" if held in said.named else "gallery", belongs))
            continue
        sure, named = (p, likely.person[row]) if (row, likely.person[row]) not in said.denied else (0.0, "")
        group = who.get(number, "")
        person = _joined(said.given[row], named, group, sure >= precision, said)
        if person and (row, person) not in said.denied:
            labels.append(Label(row, person, "ours", sure if person == named else belongs))
        elif named and sure >= ASKED_FROM:
            asked.append(Asked(row, named, sure))
    return labels, asked


def _joined(given: str, named: str, group: str, sure: bool, said: Said) -> str:
    """Return whose a face is that nobody holds; empty for nobody."""
    if sure:
        return named
    if given in said.named:
        return given
    return "" if group in said.named else group
