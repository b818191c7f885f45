"""Mean vectors of clusters, and the mean cosines within and between them."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]

from plugins.half_vectors import HalfVectors, parts, single
from plugins.people import Floats, IntArray, Vectors
from plugins.people._neighbours import unit

AT_ONCE: Final = 16_384  # rows whose vectors are held together
Means: TypeAlias = NDArray[np.floating[Any]]
"""Mean vectors of m clusters, shape (m, d): in half precision where those of the faces are."""


def means(members: sparse.csr_matrix, vectors: Vectors, size: IntArray) -> Means:
    """Return the mean vector of each cluster, not of length 1: their products are mean cosines; shape (m, d)."""
    half = isinstance(vectors, HalfVectors)
    found = np.empty((len(size), vectors.shape[1]), dtype=np.float16 if half else np.float32)
    cluster = np.repeat(np.arange(len(size)), size)
    last, so_far = -1, np.zeros(vectors.shape[1], dtype=np.float32)
    for some in parts(len(cluster)):
        there, start = np.unique(cluster[some], return_index=True)
        total = np.add.reduceat(vectors[members.indices[some]], start, axis=0)
        if there[0] == last:
            total[0] += so_far
        found[there] = total / size[there, None]  # of the last again where it goes on in the next part
        last, so_far = there[-1], total[-1].copy()
    return found


def inner(centre: Means, size: IntArray) -> Floats:
    """Return the mean cosine of two different faces of each cluster, 1 where there is one face, shape (m,)."""
    pairs = np.maximum(size * (size - 1), 1)
    return np.where(size > 1, (squares(centre) * size * size - size) / pairs, 1).astype(np.float32)


def squares(centre: Means) -> Floats:
    """Return the inner product of each centre with itself, shape (m,)."""
    found = np.empty(len(centre), dtype=np.float32)
    for some in parts(len(centre), AT_ONCE):
        wide = single(centre, some)
        found[some] = np.einsum("ij,ij->i", wide, wide)
    return found


def products(centre: Means, pairs: IntArray) -> Floats:
    """Return the inner product of the centres of each pair (e, 2): the mean cosine between their faces, shape (e,)."""
    found = np.empty(len(pairs), dtype=np.float32)
    for some in parts(len(pairs), AT_ONCE):
        one, other = (single(centre, pairs[some, side]) for side in (0, 1))
        found[some] = np.einsum("ij,ij->i", one, other)
    return found


def directions(centre: Means, some: IntArray) -> Vectors:
    """Return some centres with length 1, in half precision where all are."""
    return HalfVectors(centre, some) if centre.dtype == np.float16 else unit(centre[some])
