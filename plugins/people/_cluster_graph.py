"""The cluster graph of patent 003: groups of faces, which of them may be one person, and what speaks for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]

from plugins.half_vectors import parts
from plugins.people import Context, Floats, IntArray, Vectors
from plugins.people._affinity_graph import PROFILE, FaceGraph, Scale, at_ranks
from plugins.people._cluster_means import Means, directions, inner, means, products, squares
from plugins.people._crossing_edges import Crossing
from plugins.people._neighbours import neighbours

CANDIDATES: Final = 10  # partners that a cluster is compared with, by its nearest faces and by its centre
SEARCHED_FROM: Final = 3  # faces from which a cluster's centre says more than its faces' own neighbours
DAY_S: Final = 86_400.0

NODE_CHANNELS: Final = (
    "log_size", "alone", "inner_z", "affinity", "least_affinity", "smooth_inner_z",
    "z1", "z5", "z20", "z40", "quality", "quality_known",
    *(f"gallery_z{rank}_{share}" for rank, share in PROFILE), "gallery_log_faces",
)  # fmt: skip
PAIR_CHANNELS: Final = (
    "mean_z", "smooth_z", "centre_cosine", "best_z", "top5_z", "edges_a", "edges_b", "log_small", "log_large",
    "below_inner_a", "below_inner_b", "rank_a", "rank_b", "lead_a", "lead_b", "shared_photos", "photos_known",
    "days_apart", "times_known",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """The usable faces of a gallery: unit vectors (n, d), the first graph, affinity (n,) and what is known of them."""

    units: Vectors
    graph: FaceGraph
    affinity: Floats
    context: Context


@dataclass(frozen=True, slots=True, eq=False)
class ClusterGraph:
    """m clusters and e pairs of them that may be one person.

    `size` int (m,); `pairs` int (e, 2), the smaller cluster first, each pair once; `nodes` float32 (m, 24) and
    `edges` float32 (e, 19) are the feature matrices, columns as NODE_CHANNELS and PAIR_CHANNELS.
    """

    size: IntArray
    pairs: IntArray
    nodes: Floats
    edges: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Clusters:
    size: IntArray
    centre: Means  # (m, d) of the vectors
    smooth: Means  # (m, d) of the convolved vectors
    inner: Floats  # (m,) mean cosine inside; 1 for a single face
    smooth_inner: Floats
    members: sparse.csr_matrix  # (m, n)


def cluster_graph(faces: Faces, cluster: IntArray) -> ClusterGraph:
    """Build the cluster graph and its feature matrices.

    Args:
        faces: the n faces.
        cluster: cluster of each face, numbered from 0 without gaps, shape (n,).

    Source: patent 003 claims 1 and 7 (cluster graph and its feature matrix); features as methods D5 to D7, made of
    cosines in spreads of strangers, so that they mean the same for every embedder.
    """
    clusters = _measured(faces, cluster)
    pairs, best, top5, count = _candidates(faces, cluster, clusters)
    order = np.where((clusters.size[pairs[:, 0]] > clusters.size[pairs[:, 1]])[:, None], pairs[:, ::-1], pairs)
    edges = _filled(len(order), len(PAIR_CHANNELS), _edges(faces, clusters, order, best, top5, count))
    return ClusterGraph(clusters.size, order, _nodes(faces, clusters), edges)


def _measured(faces: Faces, cluster: IntArray) -> _Clusters:
    n, m = len(cluster), int(cluster.max(initial=-1)) + 1
    members = sparse.csr_matrix((np.ones(n, dtype=np.float32), (cluster, np.arange(n))), shape=(m, n))
    size = np.bincount(cluster, minlength=m)
    centre, smooth = (means(members, v, size) for v in (faces.units, faces.graph.smooth))
    return _Clusters(size, centre, smooth, inner(centre, size), inner(smooth, size), members)


def _candidates(faces: Faces, cluster: IntArray, clusters: _Clusters) -> tuple[IntArray, Floats, Floats, Floats]:
    """Return pairs (e, 2) with the best z, the mean of the five best and the count of the edges between their faces."""
    m = len(clusters.size)
    crossing = Crossing.of(faces.graph, cluster, m)
    keys = crossing.key
    kept = _best_of_each(np.stack([keys // m, keys % m], axis=1), crossing.top5)
    table = np.unique(np.concatenate([keys[kept], _by_centre(clusters, m)]))
    at = np.searchsorted(keys, table).clip(max=max(len(keys) - 1, 0))
    known = keys[at] == table if len(keys) else np.zeros(len(table), dtype=bool)
    found = (crossing.best, crossing.top5, crossing.count)
    pick = [np.where(known, v[at] if len(v) else 0, 0).astype(np.float32) for v in found]
    return np.stack([table // m, table % m], axis=1), pick[0], pick[1], pick[2]


def _best_of_each(pairs: IntArray, strength: Floats) -> NDArray[np.bool_]:
    """Say which pairs are among the CANDIDATES strongest of either of their two clusters."""
    kept = np.zeros(len(pairs), dtype=bool)
    for side in (0, 1):
        kept |= _rank(pairs[:, side], strength) < CANDIDATES
    return kept


def _rank(group: IntArray, strength: Floats) -> IntArray:
    """Return the rank of each item among those of its group, the strongest 0."""
    order = np.lexsort((-strength, group))
    sorted_group = group[order]
    start = np.flatnonzero(np.r_[True, np.diff(sorted_group) != 0]) if len(group) else np.zeros(0, dtype=np.int64)
    first = np.repeat(start, np.diff(np.r_[start, len(group)]))
    rank = np.empty(len(group), dtype=np.int64)
    rank[order] = np.arange(len(group)) - first
    return rank


def _by_centre(clusters: _Clusters, m: int) -> IntArray:
    """Return the keys of pairs of larger clusters whose centres are near."""
    large = np.flatnonzero(clusters.size >= SEARCHED_FROM)
    if len(large) < 2:
        return np.zeros(0, dtype=np.int64)
    near = neighbours(directions(clusters.smooth, large), CANDIDATES).index
    one, other = np.repeat(large, near.shape[1]), large[near].ravel()
    return np.minimum(one, other) * np.int64(m) + np.maximum(one, other)


def _nodes(faces: Faces, clusters: _Clusters) -> Floats:
    size, scale = clusters.size, faces.graph.scale
    ranks = at_ranks(faces.graph.z)[:, [0, 3, 6, 7]]
    quality = faces.context.quality
    known = np.isfinite(quality)
    each = np.column_stack([faces.affinity, ranks, np.where(known, quality, 0), known]).astype(np.float32)
    mean = np.asarray(clusters.members @ each) / size[:, None]
    least = np.minimum.reduceat(faces.affinity[clusters.members.indices], clusters.members.indptr[:-1])
    columns = [
        np.log(size), size == 1, _z_or_0(scale, clusters.inner, size), mean[:, 0], least,
        _z_or_0(scale, clusters.smooth_inner, size), *mean[:, 1:5].T,
        mean[:, 5] / np.maximum(mean[:, 6], 1e-6), mean[:, 6], *faces.graph.profile,
    ]  # fmt: skip
    return _filled(len(size), len(NODE_CHANNELS), columns)


def _filled(n: int, channels: int, columns: Iterable[NDArray[Any] | float]) -> Floats:
    """Return a feature matrix, float32 (n, channels), of columns that are not held together."""
    found = np.empty((n, channels), dtype=np.float32)
    for number, column in enumerate(columns):
        found[:, number] = column
    return found


def _z_or_0(scale: Scale, inner: Floats, size: IntArray) -> Floats:
    return np.where(size > 1, scale.z(inner), 0).astype(np.float32)


def _edges(
    faces: Faces, clusters: _Clusters, pairs: IntArray, best: Floats, top5: Floats, count: Floats
) -> Iterator[NDArray[Any]]:
    """Yield the columns of the pairs' feature matrix, as PAIR_CHANNELS."""
    a, b = pairs.T
    size, scale, k = clusters.size, faces.graph.scale, max(faces.graph.near.shape[1], 1)
    mean, smooth_z = products(clusters.centre, pairs), scale.z(products(clusters.smooth, pairs))
    mean_z, inner_z = scale.z(mean), _z_or_0(scale, clusters.inner, size)
    yield mean_z
    yield smooth_z
    yield _centred(scale.shared, mean, clusters.centre, pairs)
    yield np.where(count > 0, best, mean_z)
    yield np.where(count > 0, top5, mean_z)
    yield from (np.minimum(count / (k * size[side]), 2) for side in (a, b))
    yield from (np.log(size[side]) for side in (a, b))
    yield from (np.where(size[side] > 1, mean_z - inner_z[side], 0) for side in (a, b))
    yield from _standing(pairs, smooth_z, len(size))
    yield from _shared_photos(faces, clusters, pairs)
    yield from _days_apart(faces, clusters, pairs)


def _centred(shared: float, mean: Floats, centre: Means, pairs: IntArray) -> Floats:
    """Return the cosine of two centres after taking off what all faces share; single photos' noise is averaged out."""
    own = np.maximum(squares(centre) - shared, 1e-3)
    cosine = (mean - shared) / np.sqrt(own[pairs[:, 0]] * own[pairs[:, 1]])
    return np.asarray(np.clip(cosine, -1, 1.5), dtype=np.float32)


def _standing(pairs: IntArray, strength: Floats, m: int) -> list[Floats]:
    """Return how each of a pair ranks among the other's candidates, and by how much it leads the best of the others."""
    group = np.concatenate([pairs[:, 0], pairs[:, 1]])
    both = np.concatenate([strength, strength])
    rank = _rank(group, both)
    first, second = np.full(m, -5.0, dtype=np.float32), np.full(m, -5.0, dtype=np.float32)
    first[group[rank == 0]] = both[rank == 0]
    second[group[rank == 1]] = both[rank == 1]
    lead = np.clip(both - np.where(rank == 0, second[group], first[group]), -5, 5)
    e = len(pairs)
    standing = np.log1p(rank)
    return [standing[:e], standing[e:], lead[:e], lead[e:]]


def _shared_photos(faces: Faces, clusters: _Clusters, pairs: IntArray) -> tuple[Floats, Floats]:
    """Return the share of the smaller cluster's faces that are in a photo with a face of the larger, and whether known.

    Photos count as known where any photo has two faces.
    """
    _, photo, faces_in = np.unique(faces.context.photo, return_inverse=True, return_counts=True)
    known = np.full(len(pairs), float(faces_in.max(initial=0) > 1), dtype=np.float32)
    several = faces_in[photo] > 1
    of_photo = sparse.csr_matrix(
        (several.astype(np.float32), (np.arange(len(photo)), photo)), shape=(len(photo), len(faces_in))
    )
    together = _together(clusters.members @ of_photo, pairs)
    return np.asarray(together / clusters.size[pairs[:, 0]], dtype=np.float32), known


def _together(seen: sparse.csr_matrix, pairs: IntArray) -> Floats:
    """Return how many faces of the first cluster of each pair are in a photo with a face of the second, shape (e,).

    `seen` counts the faces of each of m clusters in each of p photos, shape (m, p).
    """
    there, order = seen.sign().T.tocsr(), np.argsort(pairs[:, 0], kind="stable")
    one, other = pairs[order].T
    together = np.empty(len(pairs), dtype=np.float32)
    for some in parts(seen.shape[0]):
        here = slice(*np.searchsorted(one, (some.start, some.stop)))
        of_these = seen[some] @ there
        together[order[here]] = np.asarray(of_these[one[here] - some.start, other[here]]).ravel()
    return together


def _days_apart(faces: Faces, clusters: _Clusters, pairs: IntArray) -> tuple[Floats, Floats]:
    """Return log(1 + days) between the times of two clusters, 0 where they overlap, and whether both are known."""
    taken_s = faces.context.taken_s[clusters.members.indices]
    known = np.isfinite(taken_s)
    first = np.minimum.reduceat(np.where(known, taken_s, np.inf), clusters.members.indptr[:-1])
    last = np.maximum.reduceat(np.where(known, taken_s, -np.inf), clusters.members.indptr[:-1])
    a, b = pairs.T
    both = np.isfinite(first[a]) & np.isfinite(first[b])
    gap_s = np.where(both, np.maximum(np.maximum(first[a], first[b]) - np.minimum(last[a], last[b]), 0), 0)
    return np.log1p(gap_s / DAY_S).astype(np.float32), both.astype(np.float32)
