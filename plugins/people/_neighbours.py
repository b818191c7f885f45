"""The nearest faces of each face by cosine: exact for a library's faces, by a small-world graph for very many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import faiss
import numpy as np
from numpy.typing import NDArray

from plugins.people import Floats, IntArray

EXACT_UP_TO: Final = 50_000  # faces; their exact neighbours take a minute on two cores
SHORTEST: Final = 1e-6  # length of a vector that is taken for zero
LINKS: Final = 32  # of each face in the small-world graph that finds the neighbours of more faces
BUILT_WITH: Final = 100  # candidates looked at for each link
SEARCHED_WITH: Final = 600  # candidates looked at: 0.988 of 40 neighbours found among 60,000 simulated faces of 512-d
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
        exact_up_to: faces up to which every pair is compared; beyond, a small-world graph finds most.

    Source: patent 003 claim 4 (K nearest by inner product).
    """
    k = min(k, max(len(units) - 1, 0))
    if k == 0:
        return Neighbours(np.zeros((len(units), 0), dtype=np.int64), np.zeros((len(units), 0), dtype=np.float32))
    index = faiss.IndexFlatIP(units.shape[1]) if len(units) <= exact_up_to else _small_world(units.shape[1])
    _add(index, units)
    found = Neighbours(np.empty((len(units), k), np.int64), np.empty((len(units), k), np.float32))
    for start in range(0, len(units), AT_ONCE):
        rows = np.arange(start, min(start + AT_ONCE, len(units)))
        cosine, near = index.search(units[rows], k + 1)
        _complete(units, rows, near, cosine)
        _put_others(found, rows, near, cosine)
    return found


def _small_world(d: int) -> faiss.IndexHNSWFlat:
    """Return an empty index of Malkov and Yashunin, Hierarchical Navigable Small World graphs (2018)."""
    index = faiss.IndexHNSWFlat(d, LINKS, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction, index.hnsw.efSearch = BUILT_WITH, SEARCHED_WITH
    return index


def _add(index: faiss.Index, units: Floats) -> None:
    """Fill an index with one thread: several would link faces in any order, and find other neighbours each time."""
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        index.add(units)
    finally:
        faiss.omp_set_num_threads(threads)


def _complete(units: Floats, rows: IntArray, near: IntArray, cosine: Floats) -> None:
    """Search exactly for the faces of which the graph has not found all neighbours: copies can be islands in it."""
    lacking = np.flatnonzero((near < 0).any(axis=1))
    for some in np.array_split(lacking, len(lacking) // 256 + 1):
        every = units[rows[some]] @ units.T
        near[some] = np.argsort(-every, axis=1, kind="stable")[:, : near.shape[1]]
        cosine[some] = np.take_along_axis(every, near[some], axis=1)


def _put_others(found: Neighbours, rows: IntArray, near: IntArray, cosine: Floats) -> None:
    """Keep what was found beside each face itself; where doubles hide the face, drop the last."""
    k = found.index.shape[1]
    own = near == rows[:, None]
    own[~own.any(axis=1), k] = True
    keep = ~own
    found.index[rows] = near[keep].reshape(-1, k)
    found.cosine[rows] = np.clip(cosine[keep].reshape(-1, k), -1.0, 1.0)
