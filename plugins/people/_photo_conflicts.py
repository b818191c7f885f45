"""Clusters in which photos show somebody twice, again and again: two people who look alike, taken apart."""

from __future__ import annotations

from typing import Final

import numpy as np

from plugins.half_vectors import parts
from plugins.people import IntArray, Vectors

FEWEST: Final = 3  # photos with two faces of one cluster that are no accident; fewer may be mirrors and collages
LEAST_SHARE: Final = 0.2  # of a cluster's faces that are beside another of it


def unmixed(units: Vectors, photo: IntArray, cluster: IntArray) -> IntArray:
    """Part each cluster whose faces are often together in photos, along the direction in which these pairs differ.

    Which of two twins a face shows, one vector hardly says; the differences of all pairs say together where they lie
    apart. Clusters with few such pairs stay: mirrors and collages show one person twice.

    Args:
        units: vectors of length 1, shape (n, d).
        photo: which photo each face is in, shape (n,).
        cluster: numbered from 0, shape (n,).

    Returns: clusters, the new ones numbered after the others, int (n,).
    """
    found, free = cluster.copy(), int(cluster.max(initial=-1)) + 1
    order = np.argsort(cluster, kind="stable")
    ends = np.searchsorted(cluster[order], np.arange(free + 1))
    waiting = [order[ends[one] : ends[one + 1]] for one in _with_pairs(photo, cluster)]
    while waiting:
        members = waiting.pop()
        pairs = _pairs(members, photo)
        if len(pairs) < FEWEST or 2 * len(pairs) < LEAST_SHARE * len(members):
            continue
        other = members[_other_side(units, members, pairs)]
        if 0 < len(other) < len(members):
            waiting += [np.setdiff1d(members, other, assume_unique=True), other]  # three may have been one
            found[other], free = free, free + 1
    return found


def _with_pairs(photo: IntArray, cluster: IntArray) -> list[int]:
    """Return the clusters that have two faces in one photo."""
    photos, number = np.unique(photo, return_inverse=True)
    key = cluster * np.int64(len(photos)) + number
    _, first, count = np.unique(key, return_index=True, return_counts=True)
    return [int(one) for one in np.unique(cluster[first[count > 1]])]


def _pairs(members: IntArray, photo: IntArray) -> IntArray:
    """Return pairs of faces that share a photo, each face in one at most, shape (p, 2)."""
    order = members[np.argsort(photo[members], kind="stable")]
    _, start, count = np.unique(photo[order], return_index=True, return_counts=True)
    first = start[count > 1]
    return np.stack([order[first], order[first + 1]], axis=1) if len(first) else np.zeros((0, 2), dtype=np.int64)


def _other_side(units: Vectors, members: IntArray, pairs: IntArray) -> IntArray:
    """Return which members lie on the other side of the plane between the faces of the pairs, as positions."""
    apart = units[pairs[:, 0]] - units[pairs[:, 1]]
    direction = np.linalg.svd(apart, full_matrices=False)[2][0]
    side = np.concatenate([units[members[some]] @ direction for some in parts(len(members))])
    middle = float((units[pairs.ravel()] @ direction).mean())
    return np.flatnonzero(side < middle)
