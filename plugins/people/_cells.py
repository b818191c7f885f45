"""Very many faces in cells of such as are alike, so that each is compared with those of the cells around its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import faiss
import numpy as np

from plugins.half_vectors import parts
from plugins.people import Floats, IntArray, Vectors

FACES_A_CELL: Final = 150
MOST_CELLS: Final = 8_192
BESIDE: Final = 20_000  # faces that each is compared with at least
SAMPLED: Final = 40  # faces a cell from which the centres are found
ROUNDS: Final = 4  # of k-means


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Faces by cell: cell c has `order[start[c]:start[c + 1]]`; `near` int (n, n) are the cells by nearness to each."""

    order: IntArray
    start: IntArray
    near: IntArray

    @classmethod
    def of(cls, units: Vectors) -> Cells:
        """Put faces into cells: each to the nearest of the centres that k-means finds for some of them.

        Args:
            units: vectors of length 1, shape (n, d).

        Source: Sivic and Zisserman, Video Google (2003), for the inverted file; each cell is searched as a whole, as
        products of matrices are ten times as fast as products of vectors.
        """
        centres = _centres(units, min(max(len(units) // FACES_A_CELL, 1), MOST_CELLS))
        home = np.concatenate([_nearest(units[some], centres) for some in parts(len(units))])
        order = np.argsort(home, kind="stable")
        start = np.searchsorted(home[order], np.arange(len(centres) + 1))
        return cls(order, start, np.argsort(-(centres @ centres.T), axis=1, kind="stable").astype(np.int32))

    @property
    def n(self) -> int:
        """Return how many cells there are."""
        return len(self.start) - 1

    def members(self, cell: int) -> IntArray:
        """Return the faces of a cell."""
        return self.order[self.start[cell] : self.start[cell + 1]]

    def around(self, cell: int, fewest: int) -> IntArray:
        """Return the faces of a cell and of those around it, of so many cells that they are enough."""
        sizes = np.diff(self.start)[self.near[cell]]
        n_cells = int(np.searchsorted(np.cumsum(sizes), max(BESIDE, fewest))) + 1
        return np.concatenate([self.members(other) for other in self.near[cell, :n_cells].tolist()])


def _centres(units: Vectors, n: int) -> Floats:
    some = np.random.default_rng(0).permutation(len(units))[: n * SAMPLED]
    found = faiss.Kmeans(units.shape[1], n, niter=ROUNDS, seed=1, spherical=True, max_points_per_centroid=SAMPLED)
    found.cp.min_points_per_centroid = 1
    found.train(units[np.sort(some)])
    return np.asarray(found.centroids, dtype=np.float32)


def _nearest(units: Floats, centres: Floats) -> IntArray:
    return np.asarray(faiss.knn(units, centres, 1, metric=faiss.METRIC_INNER_PRODUCT)[1][:, 0], dtype=np.int64)
