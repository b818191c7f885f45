"""Baseline: the photo most like all others of its album is the cover."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from plugins.covers import Album, CoverMethod, Floats, Pictures, Ranking, stills_first


class Plugin(CoverMethod):
    """The still whose scene is nearest to all of the album's, or the video where there is no still.

    A photo that nobody knows the scene of comes after those that are known; ties go to the earlier photo.
    Source: our baseline, the album's medoid by cosine; needs no history and no measures.
    """

    name: ClassVar[str] = "medoid"
    version = "1"

    def rank(self, pictures: Pictures, albums: Sequence[Album]) -> list[Ranking]:
        """Return the mean cosines with the album's photos, -1 for unknown scenes; see `CoverMethod.rank`."""
        return [
            Ranking(stills_first(pictures, album) + mean_cosines(pictures.scenes[album.candidates])) for album in albums
        ]


def mean_cosines(scenes: Floats) -> Floats:
    """Return the mean cosine of each scene with all that are known, itself too, shape (k,); -1 for an unknown one.

    Args:
        scenes: unit length, or zeros where nobody knows, shape (k, d).
    """
    known = scenes.any(axis=1)
    mean = scenes.sum(axis=0) / max(int(known.sum()), 1)
    cosines: Floats = np.where(known, scenes @ mean, -1).astype(np.float32)
    return cosines
