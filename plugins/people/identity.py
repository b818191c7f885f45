"""Who a cluster is: somebody of the gallery, a person of the last run, or somebody new; the same key over runs."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from plugins.people import DROPPED

Face: TypeAlias = tuple[str, int]
OURS: Final = "person-"
"""What our keys of people begin with."""


def person_key(face: Face, taken: Iterable[str] = ()) -> str:
    """Return our key of a new person, from their first face; another one where that is taken already."""
    known, number = taken if isinstance(taken, set) else set(taken), 0
    while True:
        said = f"{face[0]} {face[1]}" + (f" {number}" if number else "")
        key = f"{OURS}{hashlib.sha256(said.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"
        if key not in known:
            return key
        number += 1


def identify(
    cluster: Sequence[int],
    faces: Sequence[Face],
    held: Sequence[str],
    before: Sequence[str],
    min_faces: int,
) -> dict[int, str]:
    """Say who each cluster is; smaller ones than `min_faces` that nobody knew before are nobody and left out.

    Args:
        cluster: the cluster of each face, `DROPPED` for none, n of them.
        faces: the faces, in the same order.
        held: whose each face is by the word of the user or the gallery, "" for nobody.
        before: whose each face was by our last answer, "" for nobody.
        min_faces: fewest faces of somebody new.

    Returns:
        Person by cluster. A cluster of held faces is the person who has most of them; several clusters may be one. The
        others continue the people of the last answer by the greatest overlap, each person once, ties by key and
        cluster; what is left is new.
    """
    members: dict[int, list[int]] = {}
    for row, number in enumerate(cluster):
        if number != DROPPED:
            members.setdefault(number, []).append(row)
    found = {number: person for number, rows in members.items() if (person := _most(held[r] for r in rows))}
    free = {number: rows for number, rows in members.items() if number not in found and len(rows) >= min_faces}
    taken = {person for person in held if person}
    found |= _continued(free, before, taken)
    taken |= set(found.values()) | {person for person in before if person}
    for number in sorted(free.keys() - found.keys(), key=lambda n: free[n][0]):
        found[number] = person_key(faces[free[number][0]], taken)
        taken.add(found[number])
    return found


def _most(people: Iterable[str]) -> str:
    """Return who is named most often, the first by name among equals; empty for nobody."""
    counts = Counter(person for person in people if person)
    return min(counts, key=lambda person: (-counts[person], person), default="")


def _continued(free: Mapping[int, Sequence[int]], before: Sequence[str], taken: set[str]) -> dict[int, str]:
    """Return the person of the last answer that each cluster continues, the greatest overlaps first."""
    overlaps = [
        (-count, person, number)
        for number, rows in free.items()
        for person, count in Counter(before[row] for row in rows if before[row]).items()
        if person not in taken
    ]
    keys: dict[int, str] = {}
    there: set[str] = set()
    for _, person, number in sorted(overlaps):
        if number not in keys and person not in there:
            keys[number] = person
            there.add(person)
    return keys
