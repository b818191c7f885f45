"""Average linkage over a sparse graph of clusters, with pairs that must not come together."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array  # type: ignore[import-untyped]
from scipy.sparse.csgraph import connected_components  # type: ignore[import-untyped]

from plugins.people import Floats, IntArray

AT_ONCE: Final = 500_000  # pairs that are Python objects together: 0.2 GB


def average_linkage(
    size: IntArray,
    pairs: IntArray,
    strength: Floats,
    least: float,
    owner: IntArray | None = None,
    apart: Iterable[tuple[int, int]] = (),
) -> IntArray:
    """Join the two clusters with the strongest mean edge, again and again while it is at least `least`.

    The mean edge of what was joined weighs each part by its size; pairs that are not in the graph count as 0, so a
    chain of strong edges alone joins nobody.

    Args:
        size: faces of each cluster, shape (m,).
        pairs: clusters that may be joined, each pair once, shape (e, 2).
        strength: probability of each pair, 0 to 1, shape (e,).
        least: above 0.
        owner: person whose cluster each is, -1 for nobody's, shape (m,): different people never come together.
        apart: pairs of clusters that must not come together either.

    Returns: group of each cluster, numbered from 0 in the order of their first, int (m,).

    Source: methods D7 (default merging).
    """
    # Only what hangs together by edges of `least` can ever be joined: all other pairs are left out.
    whole = connected(len(size), pairs[strength >= least])
    inside = whole[pairs[:, 0]] == whole[pairs[:, 1]]
    owners = [-1] * len(size) if owner is None else owner.tolist()
    forest = _Forest(size, owners, apart)
    for some in _together(whole[pairs[:, 0]], np.flatnonzero(inside)):
        forest.grow(pairs[some], strength[some], least)
    return forest.groups()


def _together(whole: IntArray, inside: IntArray) -> list[IntArray]:
    """Return the pairs that are `inside` what hangs together, about AT_ONCE a time and none of one whole in two."""
    order = inside[np.argsort(whole[inside], kind="stable")]
    starts = np.flatnonzero(np.diff(whole[order])) + 1
    ends = starts[np.flatnonzero(np.diff(starts // AT_ONCE, prepend=0))]
    return np.split(order, ends)


def components(m: int, pairs: IntArray, joined: NDArray[np.bool_]) -> IntArray:
    """Number the connected components of m clusters over the pairs that are `joined`, shape (m,).

    Source: patent 003 claim 1 (clusters whose edge strength is above a threshold), read as union-find.
    """
    return connected(m, pairs[joined])


def connected(m: int, pairs: IntArray) -> IntArray:
    """Number what hangs together of m clusters by pairs (e, 2), from 0 in the order of their first, int (m,)."""
    one, other = pairs.T
    graph = coo_array((np.ones(len(pairs), dtype=np.bool_), (one, other)), shape=(m, m))
    found = connected_components(graph, directed=False)[1]
    first = np.unique(found, return_index=True)[1]
    return np.asarray(np.argsort(np.argsort(first))[found], dtype=np.int64)


def _root(parent: list[int], node: int) -> int:
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node


class _Forest:
    """Clusters as they are joined; an edge in the heap is stale when one of its ends was joined since."""

    def __init__(self, size: IntArray, owner: list[int], apart: Iterable[tuple[int, int]]) -> None:
        self.owner = owner
        self.size = size.tolist()
        self.parent = list(range(len(size)))
        self.edges: dict[int, dict[int, float]] = {}
        self.apart: dict[int, set[int]] = {}
        for one, other in apart:
            self.apart.setdefault(one, set()).add(other)
            self.apart.setdefault(other, set()).add(one)

    def grow(self, pairs: IntArray, strength: Floats, least: float) -> None:
        """Join by these edges; what hangs together by them hangs together with nothing else."""
        self.edges = {one: {} for one in np.unique(pairs).tolist()}
        for (one, other), p in zip(pairs.tolist(), strength.tolist(), strict=True):
            self.edges[one][other] = self.edges[other][one] = p
        heap = [(-p, a, b) for a, edges in self.edges.items() for b, p in edges.items() if a < b and p >= least]
        heapq.heapify(heap)
        while heap:
            p, one, other = heapq.heappop(heap)
            if self.edges[one].get(other) != -p or self._ruled_out(one, other):
                continue
            for new in self._join(one, other):
                if self.edges[one][new] >= least:
                    heapq.heappush(heap, (-self.edges[one][new], min(one, new), max(one, new)))

    def _ruled_out(self, one: int, other: int) -> bool:
        mine, theirs = self.owner[one], self.owner[other]
        return (mine >= 0 and theirs >= 0 and mine != theirs) or other in self.apart.get(one, ())

    def _join(self, one: int, other: int) -> list[int]:
        """Put `other` into `one`; return what `one` has edges to."""
        mine, theirs = self.edges[one], self.edges[other]
        del mine[other], theirs[one]
        a, b = self.size[one], self.size[other]
        for node in {*mine, *theirs}:
            mean = (a * mine.get(node, 0.0) + b * theirs.get(node, 0.0)) / (a + b)
            mine[node] = self.edges[node][one] = mean
            self.edges[node].pop(other, None)
        self.size[one], self.parent[other] = a + b, one
        self.owner[one] = max(self.owner[one], self.owner[other])
        self.edges[other] = {}
        for node in self.apart.pop(other, set()):
            self.apart[node].discard(other)
            self.apart[node].add(one)
            self.apart.setdefault(one, set()).add(node)
        return list(mine)

    def groups(self) -> IntArray:
        return np.unique([_root(self.parent, i) for i in range(len(self.parent))], return_inverse=True)[1].astype(
            np.int64
        )
