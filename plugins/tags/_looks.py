"""What of a picture's vector is compared: how it differs from the stock's usual picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from plugins.tags import Floats

AT_ONCE: Final = 8_192  # vectors of which there are copies
FEW: Final = 5.0  # photos of nothing that count for the mean, so that one photo alone still differs from it


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """Vectors as they are compared: square roots, less the mean of the stock, at unit length.

    A few strong numbers of a VGG16 vector would decide each distance; their roots do so less. Pictures share most of
    what they show; without the mean, what they differ in counts.

    Args:
        mean: mean of the roots of the stock, shape (d,); of no length: vectors are compared as they are.

    Source: our reading of patent 002 ¶39 and ¶57, which leave open what is done to the vectors; root: Arandjelović and
    Zisserman, Three things everyone should know to improve object retrieval (2012).
    """

    mean: Floats

    @classmethod
    def plain(cls) -> Look:
        """Return the look of vectors as they are."""
        return cls(np.zeros(0, dtype=np.float32))

    @classmethod
    def of(cls, vectors: Floats) -> Look:
        """Learn the look of a stock, shape (n, d)."""
        total = np.zeros(vectors.shape[1], np.float32)
        for part in _in_parts(vectors):
            total = np.concatenate([total[None], _rooted(part)]).sum(axis=0)  # row by row, however many at a time
        return cls(np.asarray(total / (len(vectors) + FEW), dtype=np.float32))

    def __call__(self, vectors: Floats) -> Floats:
        """Return vectors as they are compared, same shape (m, d)."""
        if not len(self.mean):
            return vectors
        found = np.empty(vectors.shape, np.float32)
        for part, compared in zip(_in_parts(vectors), _in_parts(found), strict=True):
            compared[:] = _unit(_rooted(part) - self.mean)
        return found


def _in_parts(vectors: Floats) -> Iterator[Floats]:
    yield from (vectors[start : start + AT_ONCE] for start in range(0, len(vectors), AT_ONCE))


def seen(vectors: Floats) -> NDArray[np.bool_]:
    """Say which vectors show something, shape (m,): not those of zeros, nor what is not finite."""
    return np.asarray(np.isfinite(vectors).all(axis=1) & vectors.any(axis=1))


def _rooted(vectors: Floats) -> Floats:
    roots = np.abs(vectors)
    np.sqrt(roots, out=roots)  # in place: a large stock's vectors take much room
    return _unit(np.copysign(roots, vectors, out=roots))


def _unit(vectors: Floats) -> Floats:
    """Make rows of unit length, in place; zero stays zero."""
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return vectors
