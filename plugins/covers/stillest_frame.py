"""Baseline for videos: the frame that is sharp while little moves around it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from plugins.covers import Album, CoverMethod, Pictures, Ranking, stills_first


class Plugin(CoverMethod):
    """The candidate with the largest sum of stillness and sharpness; the earliest of equals.

    What nobody measured counts as 0: of photos, which have no stillness, that is the sharpest one. It asks neither what
    the user likes nor what the pictures show.

    Source: our baseline; stillness after Song and others, To Click or Not To Click (CIKM 2016).
    """

    name: ClassVar[str] = "stillest_frame"
    version = "1"

    def rank(self, pictures: Pictures, albums: Sequence[Album]) -> list[Ranking]:
        """Return stillness + sharpness, 0 to 2; see `CoverMethod.rank`."""
        return [self._ranking(pictures, album) for album in albums]

    def _ranking(self, pictures: Pictures, album: Album) -> Ranking:
        rows = album.candidates
        good = np.nan_to_num(pictures.stillness[rows]) + np.nan_to_num(pictures.sharpness[rows])
        return Ranking((good + stills_first(pictures, album)).astype(np.float32))
