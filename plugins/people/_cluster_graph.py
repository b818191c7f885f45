"""The cluster graph of patent 003: groups of faces, which of them may be one person, and what speaks for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]

from plugins.half_vectors import parts
from plugins.people import Context, Floats, IntArray, Vectors
from plugins.people._affinity_graph import PROFILE, FaceGraph, Scale, at_ranks
from plugins.people._neighbours import neighbours, unit

CANDIDATES: Final = 10  # partners that a cluster is compared with, by its nearest faces and by its centre
LEAST_Z: Final = 1.5  # below, faces are as alike as strangers, and no edge is considered
SEARCHED_FROM: Final = 3  # faces from which a cluster's centre says more than its faces' own neighbours
AT_ONCE: Final = 16_384  # pairs whose vectors are held together
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
    centre: Floats  # (m, d) means, not of length 1: their products are mean cosines
    smooth: Floats
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
    nodes = _nodes(faces, clusters)
    return ClusterGraph(clusters.size, order, nodes, _edges(faces, clusters, order, best, top5, count))


def _measured(faces: Faces, cluster: IntArray) -> _Clusters:
    n, m = len(cluster), int(cluster.max(initial=-1)) + 1
    members = sparse.csr_matrix((np.ones(n, dtype=np.float32), (cluster, np.arange(n))), shape=(m, n))
    size = np.bincount(cluster, minlength=m)
    centre, smooth = (_means(members, v, size) for v in (faces.units, faces.graph.smooth))
    return _Clusters(size, centre, smooth, _inner(centre, size), _inner(smooth, size), members)


def _means(members: sparse.csr_matrix, vectors: Vectors, size: IntArray) -> Floats:
    """Return the mean vector of each cluster, shape (m, d)."""
    total = np.zeros((len(size), vectors.shape[1]), dtype=np.float32)
    cluster = np.repeat(np.arange(len(size)), size)
    for some in parts(len(cluster)):
        there, start = np.unique(cluster[some], return_index=True)
        total[there] += np.add.reduceat(vectors[members.indices[some]], start, axis=0)
    total /= size[:, None]
    return total


def _inner(centre: Floats, size: IntArray) -> Floats:
    """Return the mean cosine of two different faces of a cluster, 1 where there is one face."""
    pairs = np.maximum(size * (size - 1), 1)
    squared = np.einsum("ij,ij->i", centre, centre)
    return np.where(size > 1, (squared * size * size - size) / pairs, 1).astype(np.float32)


def _candidates(faces: Faces, cluster: IntArray, clusters: _Clusters) -> tuple[IntArray, Floats, Floats, Floats]:
    """Return pairs (e, 2) with the best z, the mean of the five best and the count of the edges between their faces."""
    m = len(clusters.size)
    key, z = _crossing(faces.graph, cluster, m)
    order = np.lexsort((-z, key))
    keys, start, count = np.unique(key[order], return_index=True, return_counts=True)
    sums = np.concatenate([[0.0], np.cumsum(z[order], dtype=np.float64)])
    five = np.minimum(count, 5)
    best, top5 = z[order][start], ((sums[start + five] - sums[start]) / five).astype(np.float32)
    kept = _best_of_each(np.stack([keys // m, keys % m], axis=1), top5)
    table = np.unique(np.concatenate([keys[kept], _by_centre(clusters, m)]))
    at = np.searchsorted(keys, table).clip(max=max(len(keys) - 1, 0))
    known = keys[at] == table if len(keys) else np.zeros(len(table), dtype=bool)
    pick = [np.where(known, v[at] if len(v) else 0, 0).astype(np.float32) for v in (best, top5, count)]
    return np.stack([table // m, table % m], axis=1), pick[0], pick[1], pick[2]


def _crossing(graph: FaceGraph, cluster: IntArray, m: int) -> tuple[IntArray, Floats]:
    """Return the edges between faces of different clusters: the key of the pair of clusters, and z."""
    keys, strength = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.float32)]
    for some in parts(len(cluster)):
        other, z = cluster[graph.near[some]], graph.z[some]
        one = np.broadcast_to(cluster[some, None], other.shape)
        crossing = (one != other) & (z >= LEAST_Z)
        one, other = one[crossing], other[crossing]
        keys.append(np.minimum(one, other) * np.int64(m) + np.maximum(one, other))
        strength.append(z[crossing])
    return np.concatenate(keys), np.concatenate(strength)


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
    near = neighbours(unit(clusters.smooth[large]), CANDIDATES).index
    one, other = np.repeat(large, near.shape[1]), large[near].ravel()
    return np.minimum(one, other) * np.int64(m) + np.maximum(one, other)


def _nodes(faces: Faces, clusters: _Clusters) -> Floats:
    size, scale = clusters.size, faces.graph.scale
    ranks = at_ranks(faces.graph.z)[:, [0, 3, 6, 7]]
    quality = faces.context.quality
    known = np.isfinite(quality)
    means = np.column_stack([faces.affinity, ranks, np.where(known, quality, 0), known]).astype(np.float32)
    mean = np.asarray(clusters.members @ means) / size[:, None]
    least = np.minimum.reduceat(faces.affinity[clusters.members.indices], clusters.members.indptr[:-1])
    return np.column_stack(
        [
            np.log(size), size == 1, _z_or_0(scale, clusters.inner, size), mean[:, 0], least,
            _z_or_0(scale, clusters.smooth_inner, size), mean[:, 1:5],
            mean[:, 5] / np.maximum(mean[:, 6], 1e-6), mean[:, 6],
            np.broadcast_to(faces.graph.profile, (len(size), len(faces.graph.profile))),
        ]
    ).astype(np.float32)  # fmt: skip


def _z_or_0(scale: Scale, inner: Floats, size: IntArray) -> Floats:
    return np.where(size > 1, scale.z(inner), 0).astype(np.float32)


def _edges(faces: Faces, clusters: _Clusters, pairs: IntArray, best: Floats, top5: Floats, count: Floats) -> Floats:
    a, b = pairs.T
    size, scale = clusters.size, faces.graph.scale
    mean, smooth = _products(clusters.centre, pairs), _products(clusters.smooth, pairs)
    mean_z = scale.z(mean)
    k = max(faces.graph.near.shape[1], 1)
    shared, photos_known = _shared_photos(faces, clusters, pairs)
    days, times_known = _days_apart(faces, clusters, pairs)
    inner_z = _z_or_0(scale, clusters.inner, size)
    return np.column_stack(
        [
            mean_z, scale.z(smooth), _centred(scale.shared, mean, clusters.centre, pairs),
            np.where(count > 0, best, mean_z), np.where(count > 0, top5, mean_z),
            np.minimum(count / (k * size[a]), 2), np.minimum(count / (k * size[b]), 2),
            np.log(size[a]), np.log(size[b]),
            np.where(size[a] > 1, mean_z - inner_z[a], 0), np.where(size[b] > 1, mean_z - inner_z[b], 0),
            *_standing(pairs, scale.z(smooth), len(size)), shared, photos_known, days, times_known,
        ]
    ).astype(np.float32)  # fmt: skip


def _products(centre: Floats, pairs: IntArray) -> Floats:
    """Return the inner product of the centres of each pair: the mean cosine between their faces."""
    found = np.empty(len(pairs), dtype=np.float32)
    for start in range(0, len(pairs), AT_ONCE):
        some = slice(start, start + AT_ONCE)
        found[some] = np.einsum("ij,ij->i", centre[pairs[some, 0]], centre[pairs[some, 1]])
    return found


def _centred(shared: float, mean: Floats, centre: Floats, pairs: IntArray) -> Floats:
    """Return the cosine of two centres after taking off what all faces share; single photos' noise is averaged out."""
    own = np.maximum(np.einsum("ij,ij->i", centre, centre) - shared, 1e-3)
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
    seen = clusters.members @ of_photo
    together = np.empty(len(pairs), dtype=np.float32)
    for start in range(0, len(pairs), AT_ONCE):
        one, other = pairs[start : start + AT_ONCE].T
        together[start : start + AT_ONCE] = np.asarray(seen[one].multiply(seen[other] > 0).sum(axis=1)).ravel()
    return np.asarray(together / clusters.size[pairs[:, 0]], dtype=np.float32), known


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
