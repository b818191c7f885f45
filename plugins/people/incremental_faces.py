"""Baseline: Immich's own rule, one face after the other."""

from __future__ import annotations

from typing import Final

import numpy as np

from plugins.people import Context, Floats, Grouping, IntArray, PeopleMethod, Vectors
from plugins.people._baseline import grouped

AT_ONCE: Final = 1_024  # faces compared with all others together: 200 MB for 50,000


class Plugin(PeopleMethod):
    """A face joins the nearest assigned face within the threshold, or is a new person if it has enough matches.

    Faces come in their order; each is matched with all faces, itself included. One with `min_faces` matches within the
    threshold (a core) joins the nearest that is somebody, and is a new person where none is. The others wait until all
    have had their turn, and then join the nearest that is somebody; the rest stay alone. The threshold is that of the
    context, or the estimate from the vectors; Immich's default, cosine 0.5, is for buffalo_l.

    Source: Immich, server/src/services/person.service.ts, handleRecognizeFaces with minFaces 3.
    """

    name = "incremental_faces"
    version = "1"

    def __init__(self, min_faces: int = 3) -> None:
        if min_faces < 1:
            raise ValueError(f"min_faces is {min_faces}: it must be 1 or more")
        self.min_faces = min_faces

    def cluster(self, vectors: Vectors, context: Context) -> Grouping:
        """Group faces by person, as `PeopleMethod.cluster` says."""
        return grouped(vectors, context, self._split)

    def _split(self, units: Floats, threshold: float) -> IntArray:
        person = np.full(len(units), -1, dtype=np.int64)
        waiting: list[tuple[int, IntArray, Floats]] = []
        people = 0
        for start in range(0, len(units), AT_ONCE):
            cosines = units[start : start + AT_ONCE] @ units.T
            for face, cosine in enumerate(cosines, start):
                cosine[face] = 1  # not rounded below a threshold of nearly 1
                near = np.flatnonzero(cosine >= threshold)
                if len(near) < self.min_faces:
                    waiting.append((face, near, cosine[near]))
                    continue
                person[face] = _nearest_person(near, cosine[near], person)
                if person[face] < 0:
                    person[face], people = people, people + 1
        for face, near, cosine in waiting:
            person[face] = _nearest_person(near, cosine, person)
        return person


def _nearest_person(near: IntArray, cosine: Floats, person: IntArray) -> int:
    """Return the person of the most alike face that is somebody, -1 where none is."""
    somebody = person[near] >= 0
    return int(person[near[somebody][np.argmax(cosine[somebody])]]) if somebody.any() else -1
