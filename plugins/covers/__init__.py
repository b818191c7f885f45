"""The contract of a cover method: the photos of an album in, the one that stands for it out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from plugins.records import Kind


@dataclass(frozen=True, slots=True)
class Candidate:
    """A photo that could be an album's cover.

    `taken_s` is in seconds since 1970 UTC; `sharpness` (of the whole picture) and `best_face_quality` are 0 to 1;
    `largest_face_share` is the share of the picture's area, 0 to 1; `rating` is 1 to 5, 0 for none, -1 for rejected.
    """

    photo: str
    taken_s: float
    sharpness: float = 0.0
    n_faces: int = 0
    largest_face_share: float = 0.0
    best_face_quality: float = 0.0
    favourite: bool = False
    rating: int = 0
    kind: Kind = "image"


class CoverMethod(Protocol):
    """A way to choose covers. `version` changes whenever the same candidates may get another answer."""

    name: ClassVar[str]
    version: ClassVar[str]

    def choose(self, candidates: Sequence[Candidate]) -> int:
        """Return the index of the candidate to show; the same one in whatever order they are given.

        Raises:
            ValueError: there are no candidates.
        """
        ...


def eligible(candidates: Sequence[Candidate]) -> list[int]:
    """Return the indices of the stills in order of time (ties: photo id), or of the videos where nothing else is there.

    Raises:
        ValueError: there are no candidates.
    """
    if not candidates:
        raise ValueError("an album without photos has no cover: choose one only for albums with members")
    order = sorted(range(len(candidates)), key=lambda i: (candidates[i].taken_s, candidates[i].photo))
    return [i for i in order if candidates[i].kind == "image"] or order
