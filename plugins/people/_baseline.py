"""What the baselines share: bad vectors left out, the calibrated threshold, and what the user said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np

from plugins.half_vectors import parts
from plugins.people import DROPPED, Context, Floats, Grouping, IntArray, Vectors
from plugins.people._neighbours import unit, usable
from plugins.people._scale import Scale

AT_ONCE: Final = 4_096  # faces of one cluster compared with its named ones together

Split: TypeAlias = Callable[[Floats, float], IntArray]
"""A baseline's own rule: unit vectors (n, d), n ≥ 2, and a cosine in; a cluster for each out, below 0 if alone."""


class TooManyFaces(ValueError):
    """The method would need more memory than a machine has: choose another one."""


def grouped(vectors: Vectors, context: Context, split: Split) -> Grouping:
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


def obeying(cluster: IntArray, units: Vectors, context: Context) -> IntArray:
    """Part people with different names, join faces of one name, and take out the faces that the user ruled out.

    In a cluster that holds several names each face goes to the name of the nearest named face.
    """
    cluster, free = cluster.copy(), int(cluster.max(initial=-1)) + 1
    named = np.flatnonzero((context.person >= 0) & (cluster != DROPPED))
    if not len(named):
        return cluster
    for members in _mixed(cluster, context.person, named):
        known = members[context.person[members] >= 0]
        people, person = np.unique(context.person[known], return_inverse=True)
        nearest = [np.argmax(units[members[some]] @ units[known].T, axis=1) for some in parts(len(members), AT_ONCE)]
        cluster[members] = free + person[np.concatenate(nearest)]
        free += len(people)
    home = _homes(cluster[named], context.person[named])
    into = np.arange(free)
    into[cluster[named]] = home[context.person[named]]
    cluster = np.where(cluster == DROPPED, DROPPED, into[cluster])
    for number, (face, one) in enumerate(context.never):
        if one < len(home) and cluster[face] == home[one] and context.person[face] != one:
            cluster[face] = free + number
    return cluster


def _mixed(cluster: IntArray, person: IntArray, named: IntArray) -> list[IntArray]:
    """Return the members of each cluster in which several people are named."""
    pairs = np.unique(np.stack([cluster[named], person[named]], axis=1), axis=0)
    several = np.unique(pairs[1:, 0][pairs[1:, 0] == pairs[:-1, 0]])
    order = np.argsort(cluster, kind="stable")
    starts, ends = (np.searchsorted(cluster[order], several, side) for side in ("left", "right"))
    return [order[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]


def _homes(cluster: IntArray, person: IntArray) -> IntArray:
    """Return the first of the clusters of each person, by number; one that no cluster has where nobody is named."""
    home = np.full(int(person.max()) + 1, np.iinfo(np.int64).max)
    np.minimum.at(home, person, cluster)
    return home


def numbered(cluster: IntArray) -> IntArray:
    """Number clusters from 0 in the order of their first faces; what is dropped stays so."""
    usable = cluster != DROPPED
    _, first, back = np.unique(cluster[usable], return_index=True, return_inverse=True)
    result = np.full(len(cluster), DROPPED, dtype=np.int64)
    result[usable] = np.argsort(np.argsort(first))[back]
    return result
