"""Baseline: any photo is the cover, the same one each time."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from plugins.covers import Album, CoverMethod, Floats, Pictures, Ranking, stills_first


class Plugin(CoverMethod):
    """A still by lot, or a video where there is no still. The lot hangs on the photo's id alone, not on its album.

    Args:
        seed: another one draws other lots.
    Source: our baseline; what has to be beaten twice over.
    """

    name: ClassVar[str] = "random_photo"

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self.version = f"1-seed{seed}"

    def rank(self, pictures: Pictures, albums: Sequence[Album]) -> list[Ranking]:
        """Return the lots, 0 to 1; see `CoverMethod.rank`. Ties go to the earlier photo."""
        return [Ranking(stills_first(pictures, album) + self._lots(pictures, album)) for album in albums]

    def _lots(self, pictures: Pictures, album: Album) -> Floats:
        ids = [pictures.ids[row] for row in album.candidates.tolist()]
        return np.array([_lot(f"{self.seed}\0{one}") for one in ids], np.float32)


def _lot(text: str) -> float:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") / 2**64
