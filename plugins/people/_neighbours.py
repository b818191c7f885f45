"""The nearest faces of each face by cosine: exact for a library's faces, in cells of alike ones for very many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from weakref import WeakKeyDictionary

import faiss
import numpy as np
from numpy.typing import NDArray

from plugins.half_vectors import HalfVectors, parts
from plugins.people import Floats, IntArray, Vectors
from plugins.people._cells import Cells
from plugins.people._products import most_alike

Places = NDArray[np.signedinteger[Any]]

EXACT_UP_TO: Final = 50_000  # faces; their exact neighbours take a minute on two cores
SHORTEST: Final = 1e-6  # length of a vector that is taken for zero
AT_ONCE: Final = 8_192  # faces searched at a time
TARGETS_AT_ONCE: Final = 32_768  # faces of which those that have found them are looked up together


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """The k nearest other faces of each face, nearest first: `index` int32 (n, k) and `cosine` float32 (n, k)."""

    index: Places
    cosine: Floats

    @classmethod
    def of(cls, n: int, k: int) -> Neighbours:
        """Return room for the neighbours of n faces."""
        return cls(np.empty((n, k), np.int32), np.empty((n, k), np.float32))

    def nearest(self, k: int) -> Neighbours:
        """Return the k nearest alone."""
        return Neighbours(self.index[:, :k], self.cosine[:, :k])


_known: WeakKeyDictionary[HalfVectors, Neighbours] = WeakKeyDictionary()
"""What was found for very many faces: the purifier asks again, for fewer of each, what the method asked before."""


def usable(vectors: Vectors) -> NDArray[np.bool_]:
    """Say of each vector, shape (n, d), whether it is finite and not zero."""
    if isinstance(vectors, HalfVectors):
        length = vectors.lengths
    else:
        with np.errstate(over="ignore", invalid="ignore"):
            length = np.linalg.norm(np.asarray(vectors, dtype=np.float32), axis=1)
    return np.asarray(np.isfinite(length) & (length > SHORTEST))


def unit(vectors: Floats) -> Floats:
    """Return usable vectors, shape (n, d), with length 1."""
    wide = np.ascontiguousarray(vectors, dtype=np.float32)
    return np.asarray(wide / np.linalg.norm(wide, axis=1, keepdims=True), dtype=np.float32)


def units_of(vectors: Vectors, rows: IntArray) -> Vectors:
    """Return some usable vectors with length 1; such as are held in half precision stay so."""
    return vectors.part(rows) if isinstance(vectors, HalfVectors) else unit(vectors[rows])


def neighbours(units: Vectors, k: int, exact_up_to: int = EXACT_UP_TO) -> Neighbours:
    """Find the k nearest other faces of each face, fewer where there are fewer faces.

    Args:
        units: usable vectors of length 1, shape (n, d).
        k: neighbours a face, at least 1.
        exact_up_to: faces up to which every pair is compared; beyond, only faces in cells near each other are.

    Source: patent 003 claim 4 (K nearest by inner product).
    """
    k = min(k, max(len(units) - 1, 0))
    if k == 0:
        return Neighbours.of(len(units), 0)
    if len(units) <= exact_up_to:
        return _exact(np.asarray(units[:]), k)
    if not isinstance(units, HalfVectors):
        return _by_cells(units, k)
    if units not in _known or _known[units].index.shape[1] < k:
        _known[units] = _by_cells(units, k)
    return _known[units].nearest(k)


def _exact(units: Floats, k: int) -> Neighbours:
    index = faiss.IndexFlatIP(units.shape[1])
    index.add(units)
    found = Neighbours.of(len(units), k)
    for some in parts(len(units), AT_ONCE):
        cosine, near = index.search(units[some], k + 1)
        _put_others(found, np.arange(some.start, some.stop), near, cosine)
    return found


def _by_cells(units: Vectors, k: int) -> Neighbours:
    """Compare the faces in each cell with those near it; who has found another is found by that one too."""
    return _both_ways(_in_cells(units, Cells.of(units), k))


def _in_cells(units: Vectors, cells: Cells, k: int) -> Neighbours:
    found = Neighbours.of(len(units), k)
    for cell in range(cells.n):
        if len(members := cells.members(cell)):
            beside = cells.around(cell, k + 1)
            cosine, near = most_alike(units[members], units[beside], k + 1)
            _put_others(found, members, beside[near], cosine)
    return found


def _both_ways(found: Neighbours) -> Neighbours:
    """Add to the neighbours of each face those that have it among theirs; the k nearest of both remain."""
    n, k = found.index.shape
    both, index, of_all = Neighbours.of(n, k), found.index.ravel(), found.cosine.ravel()
    for some in parts(n, TARGETS_AT_ONCE):
        theirs = np.flatnonzero((index >= some.start) & (index < some.stop))
        rows = np.concatenate([np.repeat(np.arange(some.start, some.stop), k), index[theirs]])
        near = np.concatenate([found.index[some].ravel(), (theirs // k).astype(np.int32)])
        cosine = np.concatenate([found.cosine[some].ravel(), of_all[theirs]])
        _, each = np.unique(rows * np.int64(n) + near, return_index=True)
        each = each[np.lexsort((-cosine[each], rows[each]))]
        starts = np.searchsorted(rows[each], np.arange(some.start, some.stop))
        nearest = each[starts[:, None] + np.arange(k)]
        both.index[some], both.cosine[some] = near[nearest], cosine[nearest]
    return both


def _put_others(found: Neighbours, rows: IntArray, near: IntArray, cosine: Floats) -> None:
    """Keep what was found beside each face itself; where doubles hide the face, drop the last."""
    k = found.index.shape[1]
    own = near == rows[:, None]
    own[~own.any(axis=1), k] = True
    keep = ~own
    found.index[rows] = near[keep].reshape(-1, k)
    found.cosine[rows] = np.clip(cosine[keep].reshape(-1, k), -1.0, 1.0)
