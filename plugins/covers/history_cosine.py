"""Baseline: the photo most like the mean of what the user liked is the cover."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from plugins.covers import Album, CoverMethod, Floats, IntArray, Pictures, Ranking, sharpest_face, stills_first


class Plugin(CoverMethod):
    """The still whose scene and faces have the largest cosines with the mean of the history, added up.

    Vectors are taken relative to the mean of all the user's pictures, so that what is usual counts nothing: scenes, and
    the sum of the faces of each photo that has any. What nobody knows of a photo, or of the history, adds 0. Without a
    history, or where nothing is known of it, the order is that of `sharpest_face`. Ties go to the earlier photo.

    Args:
        centred: False takes the vectors as they are.
    Source: our baseline; what is left of patent 004 without its networks.
    """

    name: ClassVar[str] = "history_cosine"

    def __init__(self, centred: bool = True) -> None:
        self.centred = centred
        self._otherwise = sharpest_face.Plugin()
        self.version = f"1-{'centred' if centred else 'plain'}-{self._otherwise.version}"

    def rank(self, pictures: Pictures, albums: Sequence[Album]) -> list[Ranking]:
        """Return the sums of the cosines, -2 to 2, or places where there is no history; see `CoverMethod.rank`."""
        parts = [self._relative(part) for part in (np.asarray(pictures.scenes), faces_together(pictures))]
        return [self._ranking(pictures, album, parts) for album in albums]

    def _relative(self, vectors: Floats) -> Floats:
        """Return vectors of unit length relative to the mean of those that are known, shape (n, d); zeros stay so."""
        known = np.any(vectors, axis=1, keepdims=True)
        mean = vectors.sum(axis=0) / max(int(known.sum()), 1) if self.centred else np.float32(0)
        return unit(np.where(known, vectors - mean, 0))

    def _ranking(self, pictures: Pictures, album: Album, parts: Sequence[Floats]) -> Ranking:
        likings = [liking for part in parts if (liking := cosines(part, album)) is not None]
        if not likings:
            (ranking,) = self._otherwise.rank(pictures, [album])
            return ranking
        return Ranking(stills_first(pictures, album) + np.sum(likings, axis=0, dtype=np.float32))


def faces_together(pictures: Pictures) -> Floats:
    """Return the sum of the face vectors of each picture, shape (n, f); zeros without a face."""
    together = np.zeros((len(pictures), pictures.faces.shape[1]), np.float32)
    np.add.at(together, pictures.face_of, pictures.faces)
    return together


def cosines(vectors: Floats, album: Album) -> Floats | None:
    """Return the cosines of candidates with the mean of the history, shape (k,); None where the history has none.

    Args:
        vectors: unit length, zeros where nothing is known, shape (n, d).
        album: of rows of them.
    """
    liked = _known(vectors, album.history)
    if not len(liked):
        return None
    found: Floats = vectors[album.candidates] @ unit(vectors[liked].mean(axis=0, keepdims=True))[0]
    return found


def unit(vectors: Floats) -> Floats:
    """Return vectors, shape (n, d), with length 1; those of zeros stay so."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    short: Floats = np.divide(vectors, length, out=np.zeros_like(vectors, np.float32), where=length > 0)
    return short


def _known(vectors: Floats, rows: IntArray) -> IntArray:
    return rows[np.any(vectors[rows], axis=1)]
