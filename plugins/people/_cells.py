"""Very many faces in cells of such as are alike: who is in a cell is compared with all who are near it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import faiss
import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]

from plugins.half_vectors import parts
from plugins.people import Floats, IntArray, Vectors

FACES_A_CELL: Final = 150
MOST_CELLS: Final = 8_192
NEAR: Final = 96  # cells that a face is near
SAMPLED: Final = 20  # faces a cell from which the centres are found
ROUNDS: Final = 4  # of k-means


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Cells of n faces, sparse and by column: `home` bool (n, cells) says where each is, `near` which it is near."""

    home: sparse.csc_matrix
    near: sparse.csc_matrix

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
        near = np.empty((n, k), dtype=np.int32)
        for some in parts(n):
            near[some] = faiss.knn(units[some], centres, k, metric=faiss.METRIC_INNER_PRODUCT)[1]
        return cls(_by_row(near[:, :1], n_cells).tocsc(), _by_row(near, n_cells).tocsc())

    @property
    def n(self) -> int:
        """Return how many cells there are."""
        return int(self.near.shape[1])

    def members(self, cell: int) -> IntArray:
        """Return the faces that are in a cell, ascending."""
        return _column(self.home, cell)

    def around(self, cell: int, fewest: int) -> IntArray:
        """Return the faces that are near a cell, ascending; all faces where these are fewer than `fewest`."""
        found = _column(self.near, cell)
        return found if len(found) >= fewest else np.arange(self.near.shape[0])


def _centres(units: Vectors, n: int) -> Floats:
    some = np.random.default_rng(0).permutation(len(units))[: n * SAMPLED]
    found = faiss.Kmeans(units.shape[1], n, niter=ROUNDS, seed=1, spherical=True, max_points_per_centroid=SAMPLED)
    found.cp.min_points_per_centroid = 1
    found.train(units[np.sort(some)])
    return np.asarray(found.centroids, dtype=np.float32)


def _by_row(near: NDArray[np.int32], n_cells: int) -> sparse.csr_matrix:
    n, k = near.shape
    start = np.arange(0, (n + 1) * k, k)
    return sparse.csr_matrix((np.ones(n * k, dtype=np.bool_), near.ravel(), start), shape=(n, n_cells))


def _column(matrix: sparse.csc_matrix, cell: int) -> IntArray:
    found: IntArray = matrix.indices[matrix.indptr[cell] : matrix.indptr[cell + 1]]
    return found
