"""New faces put to known groups, without grouping all anew: what few uploads since the last whole clustering need."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from plugins.half_vectors import HalfVectors, parts
from plugins.people import DROPPED, Context, Floats, Grouping, IntArray, Vectors
from plugins.people._products import most_alike
from plugins.people.joining import join_known

GROWN: Final = 0.02
"""Share of the faces grouped in the last whole clustering that may be new before all are grouped anew."""
BESIDE: Final = 10
"""Known faces of nobody that are looked at beside each new one."""


def may_grow(n_whole: int, n_since: int) -> bool:
    """Say whether so few faces are new since the last whole clustering that the new ones can be put to the groups."""
    return n_since <= GROWN * n_whole


def grown(
    units: Vectors,
    context: Context,
    known: IntArray,
    confidence: Floats,
    somebody: NDArray[np.bool_],
    regroup: Callable[[Vectors, Context], Grouping],
) -> Grouping:
    """Put new faces to the known groups; those that fit none are grouped among faces of nobody that are like them.

    Args:
        units: vectors of length 1, zero where nothing can be said, shape (n, d).
        context: what is known of the faces.
        known: the group of each face that was there before, below -1 where it is new, shape (n,).
        confidence: how surely each belongs to its group, NaN where unknown, shape (n,).
        somebody: which known faces are a person's, shape (n,).
        regroup: the method that groups faces.

    Returns:
        The groups of all; those that were there keep their faces, but groups of nobody may be made into others.
    """
    new = np.flatnonzero(known < DROPPED)
    cluster, sure = np.where(known < DROPPED, DROPPED, known), confidence.copy()
    theirs = np.flatnonzero(somebody & (known >= 0))
    joined, probability = join_known(
        units[new],
        context.photo[new],
        _some(units, theirs),
        known[theirs],
        context.photo[theirs],
        threshold=context.threshold,
    )
    at_home = joined >= 0
    cluster[new[at_home]], sure[new[at_home]] = joined[at_home], probability[at_home]
    rest = _with_nobodies(units, new[~at_home], known, somebody)
    if len(rest):
        found = regroup(units[rest], context.part(rest))
        cluster[rest] = np.where(found.cluster >= 0, found.cluster + int(cluster.max(initial=-1)) + 1, DROPPED)
        sure[rest] = found.confidence
    return Grouping(cluster, sure.astype(np.float32))


def _some(vectors: Vectors, rows: IntArray) -> Vectors:
    """Return some of the vectors, without a copy of such as are held in half precision."""
    return vectors.part(rows) if isinstance(vectors, HalfVectors) else vectors[rows]


def _with_nobodies(units: Vectors, new: IntArray, known: IntArray, somebody: NDArray[np.bool_]) -> IntArray:
    """Return these faces with the whole groups of the faces of nobody that are nearest to them."""
    nobodies = np.flatnonzero(~somebody & (known >= 0))
    if not len(new) or not len(nobodies):
        return new
    groups = np.unique(known[nobodies[_nearest(units, new, nobodies)]])
    return np.sort(np.concatenate([new, nobodies[np.isin(known[nobodies], groups)]]))


def _nearest(units: Vectors, new: IntArray, others: IntArray) -> IntArray:
    """Return the places in `others` of the BESIDE nearest of each new face, shape (m, k); only those are held."""
    ours, k = units[new], min(BESIDE, len(others))
    cosine, near = np.zeros((len(new), 0), np.float32), np.zeros((len(new), 0), np.int64)
    for some in parts(len(others)):
        theirs = units[others[some]]
        found = most_alike(ours, theirs, min(k, len(theirs)))
        cosine, near = np.hstack([cosine, found[0]]), np.hstack([near, some.start + found[1]])
        best = np.argsort(-cosine, axis=1, kind="stable")[:, :k]
        cosine, near = np.take_along_axis(cosine, best, axis=1), np.take_along_axis(near, best, axis=1)
    return near
