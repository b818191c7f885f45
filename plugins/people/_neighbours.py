"""The nearest faces of each face by cosine: exact for a library's faces, by an inverted index for very many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import faiss
import numpy as np
from numpy.typing import NDArray

from plugins.people import Floats, IntArray

EXACT_UP_TO: Final = 50_000  # faces; their exact neighbours take a minute on two cores
SHORTEST: Final = 1e-6  # length of a vector that is taken for zero
FACES_A_CELL: Final = 150  # of the inverted index: 3,333 cells for 500,000 faces
PROBED: Final = 0.06  # share of the cells that is searched: recall 0.99 of 40 neighbours, measured on 60,000 faces
TRAINED_ON: Final = 40  # faces a cell from which the cells are learned
AT_ONCE: Final = 8_192  # faces searched at a time


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """The k nearest other faces of each face, nearest first: `index` int (n, k) and `cosine` float32 (n, k)."""

    index: IntArray
    cosine: Floats


def usable(vectors: Floats) -> NDArray[np.bool_]:
    """Say of each vector, shape (n, d), whether it is finite and not zero."""
    with np.errstate(over="ignore", invalid="ignore"):
        length = np.linalg.norm(np.asarray(vectors, dtype=np.float32), axis=1)
    return np.asarray(np.isfinite(length) & (length > SHORTEST))


def unit(vectors: Floats) -> Floats:
    """Return usable vectors, shape (n, d), with length 1."""
    wide = np.ascontiguousarray(vectors, dtype=np.float32)
    return np.asarray(wide / np.linalg.norm(wide, axis=1, keepdims=True), dtype=np.float32)


def neighbours(units: Floats, k: int, exact_up_to: int = EXACT_UP_TO) -> Neighbours:
    """Find the k nearest other faces of each face, fewer where there are fewer faces.

    Args:
        units: usable vectors of length 1, shape (n, d).
        k: neighbours a face, at least 1.
        exact_up_to: faces up to which every pair is compared; beyond, an inverted index finds about 99 of 100.

    Source: patent 003 claim 4 (K nearest by inner product).
    """
    k = min(k, max(len(units) - 1, 0))
    if k == 0:
        return Neighbours(np.zeros((len(units), 0), dtype=np.int64), np.zeros((len(units), 0), dtype=np.float32))
    index = _index(units, exact=len(units) <= exact_up_to)
    found = Neighbours(np.empty((len(units), k), np.int64), np.empty((len(units), k), np.float32))
    for start in range(0, len(units), AT_ONCE):
        rows = np.arange(start, min(start + AT_ONCE, len(units)))
        cosine, near = index.search(units[rows], k + 1)
        _put_others(found, rows, near, cosine)
    return found


def _index(units: Floats, exact: bool) -> faiss.Index:
    n, d = units.shape
    index = faiss.IndexFlatIP(d) if exact else _cells(units, n // FACES_A_CELL)
    index.add(units)
    return index


def _cells(units: Floats, cells: int) -> faiss.IndexIVFFlat:
    """Return an empty inverted index whose cells are learned from a sample of the faces."""
    d = units.shape[1]
    index = faiss.IndexIVFFlat(faiss.IndexFlatIP(d), d, cells, faiss.METRIC_INNER_PRODUCT)
    index.cp.spherical, index.cp.niter, index.cp.seed = True, 8, 1
    index.nprobe = max(int(PROBED * cells), 16)
    index.train(np.random.default_rng(0).permutation(units)[: cells * TRAINED_ON])
    return index


def _put_others(found: Neighbours, rows: IntArray, near: IntArray, cosine: Floats) -> None:
    """Keep what was found beside each face itself; where doubles hide the face, drop the last."""
    k = found.index.shape[1]
    own = near == rows[:, None]
    own[~own.any(axis=1), k] = True
    keep = ~own
    found.index[rows] = near[keep].reshape(-1, k)
    found.cosine[rows] = np.clip(cosine[keep].reshape(-1, k), -1.0, 1.0)
