"""The first graph of patent 003: faces and their nearest, on a scale that does not depend on the embedder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from plugins.half_vectors import HalfVectors, parts
from plugins.people import Floats, IntArray, Vectors
from plugins.people._neighbours import Neighbours, Places, neighbours

PAIRS: Final = 200_000  # random pairs from which the scale of strangers is taken
ONE_IN_1000: Final = 3.09  # standard deviations above the mean that one normal number in 1,000 reaches
NARROWEST: Final = 1e-3  # radians, of the spread of strangers: identical vectors have none
NEARLY_THE_SAME: Final = 0.99  # a cosine that no two strangers have: copies are one person, whoever the others are
FAR_SIDE: Final = ((0.75, 0.674), (0.95, 1.645))  # quantiles of the angles, and where a normal distribution has them
RANKS: Final = (1, 2, 3, 5, 8, 13, 20, 40)  # neighbours whose closeness describes where a face lies
PROFILE: Final = (
    (1, 0.05), (1, 0.25), (1, 0.5), (1, 0.75), (1, 0.95),
    (5, 0.25), (5, 0.5), (5, 0.75), (5, 0.95),
    (20, 0.5), (20, 0.9),
)  # fmt: skip
"""Ranks of neighbours and the quantiles of their z over a gallery that make its profile."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How alike strangers are: `middle` and `spread` of the angles between them, radians.

    A cosine becomes z = (middle − angle) / spread. Angles of strangers are normally distributed for embedders of all
    kinds; cosines are not where all faces share much, as dlib's do: one pair of strangers in 1,000 is at z = 3.09 by
    angles, and at 2.5 by cosines.
    """

    middle: float
    spread: float

    def z(self, cosine: Floats) -> Floats:
        """Return cosines in spreads nearer than the middle of strangers, within ±30."""
        return np.asarray(np.clip((self.middle - _angle(cosine)) / self.spread, -30, 30), dtype=np.float32)

    def cosine(self, z: Floats) -> Floats:
        """Return the cosines of which these are the z."""
        return np.asarray(np.cos(np.clip(self.middle - z * self.spread, 0, np.pi)), dtype=np.float32)

    @property
    def shared(self) -> float:
        """Return the cosine of the middle angle: what all faces share."""
        return float(np.cos(self.middle))


def _angle(cosine: Floats) -> Floats:
    return np.asarray(np.arccos(np.clip(cosine, -1, 1)), dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class FaceGraph:
    """Faces and their k nearest: `near` int32 (n, k), `z` float32 (n, k) descending, `density` float32 (n,).

    `smooth` float32 (n, d) is the face features after one graph convolution: the weighted mean of a face and its
    nearest, of length 1. `profile` float32 (12,) tells galleries apart: quantiles of z at the first, fifth and
    twentieth neighbours, which show where strangers end and people begin, and the logarithm of n.
    """

    scale: Scale
    near: Places
    z: Floats
    density: Floats
    smooth: Vectors
    profile: Floats


def calibrated(units: Vectors, photo: IntArray, threshold: float) -> Scale:
    """Estimate how alike strangers are, from random pairs of faces of different photos and without labels.

    Pairs of one person are on the near side, so quantiles of the far side do not feel them. Where even these say that
    most pairs are above the embedder's `threshold`, most are of one person, and the threshold alone counts.

    Source: methods 8.2 c, with quantiles of the far side for median and MAD.
    """
    rng = np.random.default_rng(0)
    one, other = rng.integers(0, len(units), (2, PAIRS if len(units) > 1 else 0))
    apart = (one != other) & (photo[one] != photo[other])
    angle = _angle(_cosine(units, one[apart], other[apart]))
    if not len(angle):
        return _scale_of(threshold if np.isfinite(threshold) else 0.5)
    (near, normal), (far, normal_far) = ((float(np.quantile(angle, share)), at) for share, at in FAR_SIDE)
    spread = max((far - near) / (normal_far - normal), NARROWEST)
    scale = Scale(near - normal * spread, spread)
    highest = threshold if np.isfinite(threshold) else NEARLY_THE_SAME
    return _scale_of(highest) if scale.shared > highest else scale


def _cosine(units: Vectors, one: IntArray, other: IntArray) -> Floats:
    parts = [np.einsum("ij,ij->i", units[a], units[b]) for a, b in zip(_parts(one), _parts(other), strict=True)]
    return np.concatenate([np.zeros(0, dtype=np.float32), *parts])


def _parts(values: IntArray) -> list[IntArray]:
    return np.array_split(values, max(len(values) // 20_000, 1))


def _scale_of(threshold: float) -> Scale:
    """Return a scale on which `threshold` is reached by one pair in 1,000, as ArcFace's strangers are spread."""
    reached = float(_angle(np.array([threshold], dtype=np.float32))[0])
    middle = min(1.2 * reached, np.pi / 2)
    return Scale(middle, max((middle - reached) / ONE_IN_1000, NARROWEST))


def face_graph(units: Vectors, photo: IntArray, threshold: float, k: int) -> FaceGraph:
    """Build the first graph: each face and its `k` nearest.

    Args:
        units: vectors of length 1, shape (n, d), n ≥ 1.
        photo: which photo each face is in, shape (n,).
        threshold: cosine that one pair of strangers in 1,000 reaches, or NaN.
        k: neighbours a face.

    Source: patent 003 claims 1, 4 and 5; density as methods D1.
    """
    scale = calibrated(units, photo, threshold)
    found = neighbours(units, k)
    z = scale.z(found.cosine)
    return FaceGraph(scale, found.index, z, density(z), smoothed(units, found, z), profiled(z))


def density(z: Floats) -> Floats:
    """Return how densely faces lie: the mean over k neighbours of z where it is above one pair in 1,000, else 0.

    Source: methods D1.
    """
    if z.shape[1] == 0:
        return np.zeros(len(z), dtype=np.float32)
    return np.asarray(np.where(z > ONE_IN_1000, z, 0).mean(axis=1), dtype=np.float32)


def smoothed(units: Vectors, found: Neighbours, z: Floats) -> Vectors:
    """Convolve the face features over the graph once, each neighbour weighted by how far it stands out."""
    half = isinstance(units, HalfVectors)
    smooth = np.empty(units.shape, dtype=np.float16 if half else np.float32)
    for some in parts(len(units)):
        total = np.array(units[some])
        for rank in range(min(z.shape[1], 10)):
            weight = (1 / (1 + np.exp(-2 * (z[some, rank] - 4)))).astype(np.float32)
            total += weight[:, None] * units[found.index[some, rank]]
        smooth[some] = total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-6)
    return HalfVectors(smooth) if half else np.asarray(smooth, dtype=np.float32)


def at_ranks(z: Floats) -> Floats:
    """Return z at the RANKS-th neighbours, shape (n, 8); where there are fewer, at the last."""
    if z.shape[1] == 0:
        return np.zeros((len(z), len(RANKS)), dtype=np.float32)
    return np.ascontiguousarray(z[:, [min(rank, z.shape[1]) - 1 for rank in RANKS]])


def profiled(z: Floats) -> Floats:
    """Return the profile of a gallery, shape (12,): PROFILE's quantiles of z at some ranks, and log n."""
    if z.shape[1] == 0:
        return np.zeros(len(PROFILE) + 1, dtype=np.float32)
    found = [np.quantile(z[:, min(rank, z.shape[1]) - 1], share) for rank, share in PROFILE]
    return np.array([*found, np.log(len(z))], dtype=np.float32)


def fragments(graph: FaceGraph, affinity: Floats, least: float, allowed: NDArray[np.bool_]) -> IntArray:
    """Cut the first graph to the second: each face keeps one edge, to its nearest of higher affinity; number the parts.

    Args:
        graph: the first graph of n faces.
        affinity: of each face, shape (n,); ties are broken by order.
        least: z that an edge must have.
        allowed: edges that may be kept, shape (n, k).

    Returns: the component of each face, int (n,).

    Source: patent 003 claim 1 (edges cut by affinity, so that a cluster is one class); rule as methods D4.
    """
    n, k = graph.near.shape
    if k == 0:
        return np.arange(n)
    rank = np.empty(n, dtype=np.int64)
    rank[np.lexsort((-np.arange(n), affinity))] = np.arange(n)
    kept = allowed & (graph.z >= least) & (rank[graph.near] > rank[:, None])
    parent = np.arange(n)
    has = kept.any(axis=1)
    parent[has] = graph.near[has, kept[has].argmax(axis=1)]
    return roots(parent)


def roots(parent: IntArray) -> IntArray:
    """Follow each face to the root of its tree and number the roots from 0, shape (n,)."""
    while (parent[parent] != parent).any():
        parent = parent[parent]
    return np.unique(parent, return_inverse=True)[1].astype(np.int64)
