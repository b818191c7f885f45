"""Baseline: the earliest photo is the cover."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from plugins.covers import Album, CoverMethod, Pictures, Ranking, stills_first


class Plugin(CoverMethod):
    """The earliest still, or the earliest video where there is no still. Source: what galleries do by default."""

    name: ClassVar[str] = "first_photo"
    version = "2"

    def rank(self, pictures: Pictures, albums: Sequence[Album]) -> list[Ranking]:
        """Return the earlier the better; see `CoverMethod.rank`."""
        places = [np.arange(len(album.candidates)).astype(np.float32) for album in albums]
        return [Ranking(stills_first(pictures, album) - p) for album, p in zip(albums, places, strict=True)]
