"""First groups of patent 001: each image with its nearest ones above a threshold, or all that hangs together."""

from __future__ import annotations

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage  # type: ignore[import-untyped]
from scipy.sparse import coo_array  # type: ignore[import-untyped]
from scipy.sparse.csgraph import connected_components  # type: ignore[import-untyped]

from plugins.people import Floats, IntArray
from plugins.people._neighbours import Neighbours


def ego_groups(near: Neighbours, threshold: float) -> list[IntArray]:
    """Form one group an image: the image and those of its K nearest whose similarity exceeds the threshold.

    Source: patent 001 claim 2; for several thresholds (claim 3) it is called once for each.
    """
    return [
        np.concatenate([[image], found[cosine > threshold]])
        for image, (found, cosine) in enumerate(zip(near.index, near.cosine, strict=True))
    ]


def component_groups(near: Neighbours, threshold: float, most: int, step: float) -> IntArray:
    """Number what hangs together above the threshold; a group of more than `most` is taken apart at higher ones.

    Args:
        near: the nearest faces of each of n faces.
        threshold: cosine above which neighbours are together.
        most: faces above which a group is looked at again at a threshold higher by `step`; at 1 nothing is together.
        step: cosine.

    Returns:
        Group of each face, int (n,), numbered from 0.
    """
    group = _components(near, np.ones(len(near.index), dtype=bool), threshold)
    while threshold < 1 and np.bincount(group, minlength=1).max() > most:
        threshold += step
        large = (np.bincount(group) > most)[group]
        finer = _components(near, large, threshold)
        group = np.unique(np.where(large, len(group) + finer, group), return_inverse=True)[1].astype(np.int64)
    return group


def _components(near: Neighbours, among: np.ndarray[tuple[int], np.dtype[np.bool_]], threshold: float) -> IntArray:
    """Number the connected components of the graph of neighbours above a threshold among some of the faces."""
    n, k = near.index.shape
    rows = np.repeat(np.arange(n), k)
    columns, linked = near.index.reshape(-1), near.cosine.reshape(-1) > threshold
    linked &= among[rows] & among[columns]
    graph = coo_array((linked[linked], (rows[linked], columns[linked])), shape=(n, n))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def linked_groups(units: Floats, threshold: float) -> IntArray:
    """Number groups by average linkage: two are joined while the mean cosine of their pairs exceeds the threshold.

    Args:
        units: vectors of length 1, shape (n, d); all pairs are held in memory.
        threshold: cosine.
    """
    if len(units) < 2:
        return np.zeros(len(units), dtype=np.int64)
    distance = np.maximum(1 - (units @ units.T)[np.triu_indices(len(units), 1)], 0).astype(np.float64)
    return np.asarray(fcluster(linkage(distance, "average"), 1 - threshold, "distance"), dtype=np.int64) - 1
