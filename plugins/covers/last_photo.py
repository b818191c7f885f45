"""Baseline: the latest photo is the cover."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from plugins.covers import Album, CoverMethod, Pictures, Ranking, stills_first


class Plugin(CoverMethod):
    """The latest still, or the latest video where there is no still. Source: galleries that show the newest photo."""

    name: ClassVar[str] = "last_photo"
    version = "1"

    def rank(self, pictures: Pictures, albums: Sequence[Album]) -> list[Ranking]:
        """Return the later the better; see `CoverMethod.rank`. No two candidates have the same score."""
        places = [np.arange(len(album.candidates), dtype=np.float32) for album in albums]
        return [Ranking(stills_first(pictures, album) + p) for album, p in zip(albums, places, strict=True)]
