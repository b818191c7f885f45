"""GCN-V of patent 003: how surely a face lies among its own person, read from the first graph."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from scipy import sparse  # type: ignore[import-untyped]
from torch import Tensor, nn

from plugins.half_vectors import parts
from plugins.people import Floats, IntArray
from plugins.people._affinity_graph import RANKS, FaceGraph, at_ranks
from plugins.people._neighbours import Places

HIDDEN: Final = 32
FULL_Z: Final = 10.0  # z at which two faces count as wholly alike
JUDGED: Final = 5  # nearest faces whose own neighbours are looked at

FACE_CHANNELS: Final = (
    *(f"z{rank}" for rank in RANKS), "density", "smooth_z", "smooth_z1", "smooth_z5", "mutual", "common",
    "quality", "quality_known",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class DensityMap:
    """Affinity as density alone tells it: `affinity` at `density`, both ascending; `low` parts low from high density.

    Source: methods D1 and D3.
    """

    density: Floats
    affinity: Floats
    low: float

    def __call__(self, density: Floats) -> Floats:
        """Return the affinity of faces of these densities, shape (n,)."""
        return np.interp(density, self.density, self.affinity).astype(np.float32)


class GcnV(nn.Module):
    """Two mean-aggregation layers over the first graph and a linear read-out.

    The convolved face features enter as cosines: they turn with the embedder's axes, their products do not.

    Source: patent 003 claims 1, 2 and 6; Yang et al., Learning to Cluster Faces via Confidence and Connectivity
    Estimation (2020), eq. 3 to 5, of which we keep the layer and not the raw features; channels as methods 8.2.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(len(FACE_CHANNELS)))
        self.register_buffer("scale", torch.ones(len(FACE_CHANNELS)))
        self.first = nn.Linear(2 * len(FACE_CHANNELS), HIDDEN)
        self.second = nn.Linear(2 * HIDDEN, HIDDEN)
        self.out = nn.Linear(HIDDEN, 1)

    def forward(self, faces: Tensor, adjacency: Tensor) -> Tensor:
        """Return the affinity of each face, -1 to 1, shape (n,), from channels (n, c) and a sparse (n, n) mean."""
        x = (faces - self.mean) / self.scale
        h = torch.relu(self.first(torch.cat([x, adjacency @ x], dim=1)))  # (n, 2c) -> (n, hidden)
        h = torch.relu(self.second(torch.cat([h, adjacency @ h], dim=1)))
        affinity: Tensor = torch.tanh(self.out(h))[:, 0]
        return affinity


def affinities(model: GcnV, to_affinity: DensityMap, graph: FaceGraph, quality: Floats) -> Floats:
    """Return the affinity of each face: GCN-V's where it lies in low density, density's own elsewhere; shape (n,).

    Source: patent 003 claim 1 (only nodes whose density is below the empirical value are put into GCN-V).
    """
    known = to_affinity(graph.density)
    low = graph.density < to_affinity.low
    if not low.any() or graph.near.shape[1] == 0:
        return known
    with torch.inference_mode():
        found = model(torch.from_numpy(face_channels(graph, quality)), mean_of_near(graph)).numpy()
    return np.where(low, found, known).astype(np.float32)


def face_channels(graph: FaceGraph, quality: Floats) -> Floats:
    """Return what GCN-V is given of each face, shape (n, c), columns as FACE_CHANNELS."""
    known = np.isfinite(quality)
    smooth = smooth_z(graph)
    rows = np.column_stack(
        [
            at_ranks(graph.z), graph.density, smooth.mean(axis=1), smooth.max(axis=1), smooth.min(axis=1),
            *_agreement(graph.near), np.where(known, quality, 0), known,
        ]
    )  # fmt: skip
    return np.asarray(rows, dtype=np.float32)


def smooth_z(graph: FaceGraph) -> Floats:
    """Return z of the convolved features of each face and of its nearest, shape (n, 5 or fewer)."""
    near = graph.near[:, :JUDGED]
    cosine = np.empty(near.shape, dtype=np.float32)
    for some in parts(len(near)):
        smooth = graph.smooth[some]
        for rank in range(near.shape[1]):
            cosine[some, rank] = np.einsum("ij,ij->i", smooth, graph.smooth[near[some, rank]])
    return graph.scale.z(cosine)


def _agreement(near: Places) -> tuple[Floats, Floats]:
    """Return the share of its neighbours that count a face among theirs, and the share that they have in common."""
    n, k = near.shape
    found = np.ones(n * k, dtype=np.int8), np.sort(near, axis=1).ravel(), np.arange(n + 1) * k
    rows = sparse.csr_matrix(found, shape=(n, n))
    mutual = np.asarray(rows.multiply(rows.T.tocsr()).sum(axis=1)).ravel() / k
    common = np.zeros(n)
    for some in parts(n):
        for rank in range(min(JUDGED, k)):
            common[some] += np.asarray(rows[some].multiply(rows[near[some, rank]]).sum(axis=1)).ravel()
    return mutual.astype(np.float32), np.asarray(common / (k * min(JUDGED, k)), dtype=np.float32)


def mean_of_near(graph: FaceGraph) -> Tensor:
    """Return the sparse (n, n) matrix that takes the mean over a face's neighbours, the likely ones above all."""
    n, k = graph.near.shape
    weight = 1 / (1 + np.exp(-(graph.z - 3))) + 0.01
    weight = (weight / weight.sum(axis=1, keepdims=True)).astype(np.float32)
    start = torch.arange(0, (n + 1) * k, k, dtype=torch.int32)
    near = torch.from_numpy(graph.near.astype(np.int32, copy=False).ravel())
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Sparse CSR tensor support is in beta")  # products with dense ones are not
        return torch.sparse_csr_tensor(start, near, torch.from_numpy(weight.ravel()), (n, n), check_invariants=False)


def true_affinity(graph: FaceGraph, labels: IntArray) -> Floats:
    """Return what GCN-V learns: mean over the neighbours of their closeness, negative for other people; shape (n,).

    Source: Yang et al. 2020, eq. 2; closeness in spreads of strangers instead of cosines (methods D2, 8.2).
    """
    closeness = np.clip(graph.z / FULL_Z, 0, 1)
    same = labels[graph.near] == labels[:, None]
    return np.asarray(np.where(same, closeness, -closeness).mean(axis=1), dtype=np.float32)
