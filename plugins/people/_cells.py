"""Very many faces in cells of such as are alike: who is in a cell is compared with all who are near it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import faiss
import numpy as np
from numpy.typing import NDArray

from plugins.half_vectors import parts
from plugins.people import Floats, IntArray, Vectors
from plugins.people._products import most_alike

FACES_A_CELL: Final = 150
MOST_CELLS: Final = 8_192
NEAR: Final = 96  # cells that a face is near
SAMPLED: Final = 20  # faces a cell from which the centres are found
ROUNDS: Final = 4  # of k-means


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Cells of n faces: which are in each, `home`, and which are near it."""

    home: _Lists
    near: _Lists

    @classmethod
    def of(cls, units: Vectors) -> Cells:
        """Put faces into cells by the centres that k-means finds for some of them.

        A face is in the cell of the nearest centre and near those of the `NEAR` nearest.

        Args:
            units: vectors of length 1, shape (n, d).

        Source: Sivic and Zisserman, Video Google (2003), for the inverted file, here with each face in many lists. A
        cell's faces are compared with its list as one product of matrices: ten times as fast as face by face.
        """
        n, n_cells = len(units), min(max(len(units) // FACES_A_CELL, 1), MOST_CELLS)
        centres, k = _centres(units, n_cells), min(NEAR, n_cells)
        near = np.empty((n, k), dtype=np.int16)
        for some in parts(n):
            near[some] = most_alike(units[some], centres, k)[1]
        return cls(_Lists.of(near[:, :1], n_cells), _Lists.of(near, n_cells))

    @property
    def n(self) -> int:
        """Return how many cells there are."""
        return len(self.near.start) - 1

    def members(self, cell: int) -> IntArray:
        """Return the faces that are in a cell, ascending."""
        return self.home[cell]

    def around(self, cell: int, fewest: int) -> IntArray:
        """Return the faces that are near a cell, ascending; all faces where these are fewer than `fewest`."""
        found = self.near[cell]
        return found if len(found) >= fewest else np.arange(self.home.start[-1])


@dataclass(frozen=True, slots=True, eq=False)
class _Lists:
    """Faces by cell, ascending: those of cell c are `face` int32 from `start[c]` on, to `start[c + 1]`."""

    start: IntArray
    face: NDArray[Any]

    @classmethod
    def of(cls, cell: NDArray[np.int16], n_cells: int) -> _Lists:
        """Turn the cells of each face, shape (n, k), round, with little beside what comes and what is returned."""
        n, k = cell.shape
        counts = [np.bincount(cell[some].ravel(), minlength=n_cells) for some in parts(n)]
        start = np.concatenate([[0], np.cumsum(np.sum(counts, axis=0))])
        face, free = np.empty(n * k, dtype=np.int32), start[:-1].copy()
        for some, count in zip(parts(n), counts, strict=True):
            order = np.argsort(cell[some].ravel(), kind="stable")
            first = np.repeat(free - (np.cumsum(count) - count), count)
            face[first + np.arange(len(order))] = some.start + order // k
            free += count
        return cls(start, face)

    def __getitem__(self, cell: int) -> IntArray:
        found: IntArray = self.face[self.start[cell] : self.start[cell + 1]]
        return found


def _centres(units: Vectors, n: int) -> Floats:
    some = np.random.default_rng(0).permutation(len(units))[: n * SAMPLED]
    found = faiss.Kmeans(units.shape[1], n, niter=ROUNDS, seed=1, spherical=True, max_points_per_centroid=SAMPLED)
    found.cp.min_points_per_centroid = 1
    found.train(units[np.sort(some)])
    return np.asarray(found.centroids, dtype=np.float32)
