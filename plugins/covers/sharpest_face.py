"""Baseline: what the user likes, then good large faces, then the sharpest picture."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import ClassVar

from plugins.covers import Candidate, CoverMethod, eligible

FAVOURITE_STARS = 5
LIKED_STARS = 3
"""Fewer stars say as little as none: people use one or two for what to keep and for what to throw away."""


class Plugin(CoverMethod):
    """The stills that the user likes best; among them the one with the best faces; without faces the sharpest.

    A favourite counts as five stars. Faces count as number × √(area share of the largest) × best quality, the number up
    to `most_faces`, if the best quality is at least `min_quality` and the largest has at least `min_share` of the area.
    Ties go to the sharper, then to the earlier photo.

    Args:
        min_quality: face quality below which faces do not decide, 0 to 1.
        min_share: share of the picture's area below which the largest face is somebody in the background.
        most_faces: more faces than this make a crowd, which is not better.
    Source: our baseline; it reads no pictures, only what extraction has measured.
    """

    name: ClassVar[str] = "sharpest_face"
    version: ClassVar[str] = "1"

    def __init__(self, min_quality: float = 0.5, min_share: float = 0.005, most_faces: int = 4) -> None:
        self.min_quality = min_quality
        self.min_share = min_share
        self.most_faces = most_faces

    def choose(self, candidates: Sequence[Candidate]) -> int:
        """Return the index of the cover; see `CoverMethod.choose`."""
        # max keeps the first of equals, and `eligible` is in order of time.
        return max(eligible(candidates), key=lambda i: self._rank(candidates[i]))

    def _rank(self, candidate: Candidate) -> tuple[int, float, float]:
        return _liking(candidate), self._faces(candidate), candidate.sharpness

    def _faces(self, candidate: Candidate) -> float:
        if candidate.best_face_quality < self.min_quality or candidate.largest_face_share < self.min_share:
            return 0.0
        number = min(candidate.n_faces, self.most_faces)
        return number * sqrt(candidate.largest_face_share) * candidate.best_face_quality


def _liking(candidate: Candidate) -> int:
    if candidate.favourite:
        return FAVOURITE_STARS
    return candidate.rating if candidate.rating >= LIKED_STARS or candidate.rating < 0 else 0
