"""What the baselines share: bad vectors left out, the calibrated threshold, and what the user said."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from plugins.people import DROPPED, Context, Floats, Grouping, IntArray
from plugins.people._neighbours import unit, usable
from plugins.people._scale import Scale

Split: TypeAlias = Callable[[Floats, float], IntArray]
"""A baseline's own rule: unit vectors (n, d), n ≥ 2, and a cosine in; a cluster for each out, below 0 if alone."""


class TooManyFaces(ValueError):
    """The method would need more memory than a machine has: choose another one."""


def grouped(vectors: Floats, context: Context, split: Split) -> Grouping:
    """Group faces by a baseline's rule, then make what the user said true.

    The rule is given the threshold of the context, or the estimate from the vectors. Baselines have no opinion of
    single faces and propose no merges.

    Raises:
        ValueError: the shapes do not fit.
    """
    vectors = np.asarray(vectors, dtype=np.float32)
    if vectors.ndim != 2 or len(vectors) != len(context.person):
        raise ValueError(f"vectors {vectors.shape} must be (n, d) with n faces in the context: {len(context.person)}")
    known = usable(vectors)
    units = np.zeros_like(vectors)
    units[known] = unit(vectors[known])
    cluster = np.full(len(units), DROPPED, dtype=np.int64)
    if known.any():
        cluster[known] = _apart(_split(units[known], context.threshold, split))
    return Grouping(numbered(obeying(cluster, units, context)), np.full(len(units), np.nan, dtype=np.float32))


def _split(units: Floats, threshold: float, split: Split) -> IntArray:
    if len(units) == 1:
        return np.zeros(1, dtype=np.int64)
    return split(units, Scale.of(units, threshold).cosine_at(0) if np.isnan(threshold) else threshold)


def _apart(cluster: IntArray) -> IntArray:
    """Give each face that the rule left alone a cluster of its own."""
    alone = cluster < 0
    return np.where(alone, cluster.max(initial=-1) + np.cumsum(alone), cluster)


def obeying(cluster: IntArray, units: Floats, context: Context) -> IntArray:
    """Part people with different names, join faces of one name, and take out the faces that the user ruled out.

    In a cluster that holds several names each face goes to the name of the nearest named face.
    """
    cluster, free = cluster.copy(), int(cluster.max(initial=-1)) + 1
    named = (context.person >= 0) & (cluster != DROPPED)
    for mixed in np.unique(cluster[named]):
        members = np.flatnonzero(cluster == mixed)
        known = members[named[members]]
        people, person = np.unique(context.person[known], return_inverse=True)
        if len(people) > 1:
            cluster[members] = free + person[np.argmax(units[members] @ units[known].T, axis=1)]
            free += len(people)
    for one in np.unique(context.person[named]):
        theirs = np.unique(cluster[named & (context.person == one)])
        cluster[np.isin(cluster, theirs)] = theirs[0]
    for number, (face, one) in enumerate(context.never):
        theirs = cluster[named & (context.person == one)]
        if cluster[face] in theirs and context.person[face] != one:
            cluster[face] = free + number
    return cluster


def numbered(cluster: IntArray) -> IntArray:
    """Number clusters from 0 in the order of their first faces; what is dropped stays so."""
    usable = cluster != DROPPED
    _, first, back = np.unique(cluster[usable], return_index=True, return_inverse=True)
    result = np.full(len(cluster), DROPPED, dtype=np.int64)
    result[usable] = np.argsort(np.argsort(first))[back]
    return result
