"""Baseline: what the user likes, then good large faces, then the sharpest picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from plugins.covers import Album, CoverMethod, Floats, IntArray, Pictures, Ranking, stills_first

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
    version = "2"

    def __init__(self, min_quality: float = 0.5, min_share: float = 0.005, most_faces: int = 4) -> None:
        self.min_quality = min_quality
        self.min_share = min_share
        self.most_faces = most_faces

    def rank(self, pictures: Pictures, albums: Sequence[Album]) -> list[Ranking]:
        """Return the places of the candidates, the last 0; see `CoverMethod.rank`."""
        return [self._ranking(pictures, album) for album in albums]

    def _ranking(self, pictures: Pictures, album: Album) -> Ranking:
        rows = album.candidates
        liking = np.zeros(len(rows)) if album.blind else _liking(pictures, rows)
        keys = (np.nan_to_num(pictures.sharpness[rows]), self._faces(pictures, rows), liking)
        earlier_first = -np.arange(len(rows))
        places = np.empty(len(rows), np.float32)
        places[np.lexsort((earlier_first, *keys, stills_first(pictures, album)))] = np.arange(len(rows))
        return Ranking(places)

    def _faces(self, pictures: Pictures, rows: IntArray) -> Floats:
        quality, share = pictures.face_quality[rows], pictures.face_share[rows]
        good = (quality >= self.min_quality) & (share >= self.min_share)
        number = np.minimum(pictures.n_faces[rows], self.most_faces)
        faces: Floats = np.where(good, number * np.sqrt(share) * quality, 0)
        return faces


def _liking(pictures: Pictures, rows: IntArray) -> Floats:
    rating = pictures.rating[rows]
    stars = np.where((rating >= LIKED_STARS) | (rating < 0), rating, 0)
    liking: Floats = np.where(pictures.favourite[rows], FAVOURITE_STARS, stars)
    return liking
