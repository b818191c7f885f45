"""Edges of the first graph that lead from one cluster to another, summed up by pair of clusters."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from plugins.half_vectors import parts
from plugins.people import Floats, IntArray
from plugins.people._affinity_graph import FaceGraph

LEAST_Z: Final = 1.5  # below, faces are as alike as strangers, and no edge is considered
AT_ONCE: Final = 4_000_000  # edges that are sorted together: all of 50,000 faces
ONE_IN: Final = 997  # edges by which the others are shared out


@dataclass(frozen=True, slots=True, eq=False)
class Crossing:
    """Pairs of m clusters with edges between their faces, by `key` int64 (p,), ascending: one · m + other, one < other.

    `best` float32 (p,) is the highest z of a pair's edges, `top5` the mean of the five highest, `count` how many.
    """

    key: IntArray
    best: Floats
    top5: Floats
    count: IntArray

    @classmethod
    def of(cls, graph: FaceGraph, cluster: IntArray, m: int) -> Crossing:
        """Sum up the edges of the first graph; `cluster` int (n,) is below `m`.

        Edges are sorted some pairs of clusters at a time: a million faces have fifty million.
        """
        key, z = _edges(graph, cluster, m)
        bounds = _bounds(key)
        if len(bounds) <= 2:
            return cls(*_summed(key, z))
        each = (_between(key, first, end) for first, end in pairwise(bounds))
        found = [_summed(key[some], z[some]) for some in each]
        return cls(*(np.concatenate(column) for column in zip(*found, strict=True)))


def _edges(graph: FaceGraph, cluster: IntArray, m: int) -> tuple[IntArray, Floats]:
    """Return the key of the pair of clusters and z of each edge between different clusters."""
    count = sum(int(_crosses(graph, cluster, some).sum()) for some in parts(len(cluster)))
    keys, strength, done = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.float32), 0
    for some in parts(len(cluster)):
        crosses = _crosses(graph, cluster, some)
        other = cluster[graph.near[some][crosses]]
        one = np.repeat(cluster[some], crosses.sum(axis=1))
        here = slice(done, done + len(one))
        keys[here] = np.minimum(one, other) * np.int64(m) + np.maximum(one, other)
        strength[here] = graph.z[some][crosses]
        done = here.stop
    return keys, strength


def _crosses(graph: FaceGraph, cluster: IntArray, some: slice) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    crosses = cluster[graph.near[some]] != cluster[some, None]
    return np.asarray(crosses & (graph.z[some] >= LEAST_Z))


def _bounds(key: IntArray) -> list[int]:
    """Return keys between which there are about AT_ONCE edges each, ascending; the first and last are beyond all."""
    some = np.sort(key[::ONE_IN])
    every = AT_ONCE // ONE_IN
    inner = np.unique(some[every:-1:every]).tolist() if len(key) > AT_ONCE else []
    return [0, *inner, np.iinfo(np.int64).max]


def _between(key: IntArray, first: int, end: int) -> IntArray:
    return np.flatnonzero((key >= first) & (key < end))


def _summed(key: IntArray, z: Floats) -> tuple[IntArray, Floats, Floats, IntArray]:
    """Return each key once, ascending, with the highest of its z, the mean of the five highest, and their number."""
    order = np.lexsort((-z, key))
    key, z = key[order], z[order]
    start = np.flatnonzero(np.concatenate([np.ones(len(key[:1]), dtype=bool), key[1:] != key[:-1]]))
    count = np.diff(np.append(start, len(key)))
    sums = np.concatenate([[0.0], np.cumsum(z, dtype=np.float64)])
    five = np.minimum(count, 5)
    return key[start], z[start], ((sums[start + five] - sums[start]) / five).astype(np.float32), count
