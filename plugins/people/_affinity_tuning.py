"""The heads of GCN-V and GCN-C moved by a library's names; faces that nobody confirmed stay in both graphs, silent."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from plugins.head_tuning import STEPS, tune_heads
from plugins.people import Context, Floats, IntArray
from plugins.people._affinity_graph import FaceGraph
from plugins.people._affinity_model import AffinityModel, Thresholds
from plugins.people._affinity_steps import merged, second_graph
from plugins.people._cluster_graph import ClusterGraph, Faces, cluster_graph
from plugins.people._gcn_c import Committee
from plugins.people._gcn_v import FULL_Z, GcnV, face_channels, mean_of_near
from plugins.people._pair_truth import OTHER, SAME, UNKNOWN, Verdict, persons_of, verdict

HEADS_V: Final = ("out.",)
HEADS_C: Final = ("pair2.", "out.")
"""The read-outs; what aggregates over the graphs stays as shipped."""


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """What a net should answer, and how much each answer counts, 0 where nothing is known; both float32 (n,)."""

    answer: Floats
    counted: Floats

    def mean(self, losses: Tensor) -> Tensor:
        """Return the mean of losses (n,) over what counts."""
        counted = torch.from_numpy(self.counted)
        # A loss that does not count may be anything; times 0 it would still be NaN.
        kept = torch.where(counted > 0, losses, torch.zeros_like(losses))
        return (kept * counted).sum() / counted.sum().clamp(min=1)


def tune_affinity(
    model: AffinityModel, faces: Faces, context: Context, thresholds: Thresholds, steps: int = STEPS
) -> AffinityModel:
    """Return the model with the heads of both nets moved by the names of a context; the model given stays as it is.

    GCN-C learns from the clusters that GCN-V, moved, makes: as they come out of the second graph, and as they are once
    the likeliest have been joined.

    Args:
        model: with shipped weights.
        faces: the n usable faces, grouped without any name.
        context: of the same faces, with the names.
        thresholds: of the graphs.
        steps: how often each head is moved.

    Source: methods 8.6.
    """
    v, c = copy.deepcopy(model.v), copy.deepcopy(model.c)
    if v is None or c is None:
        raise ValueError("only trained weights can be tuned")
    _tune_v(v, model, faces, context, steps)
    moved = replace(model, v=v, c=c)
    after = replace(faces, affinity=moved.affinity(faces.graph, context.quality))
    parts = second_graph(after, thresholds.edge_z)
    whole = merged(after, parts, moved, thresholds.merge).cluster
    _tune_c(c, after, context, (parts, whole), steps)
    return moved


def _tune_v(v: GcnV, model: AffinityModel, faces: Faces, context: Context, steps: int) -> None:
    wanted = wanted_affinity(faces.graph, context, faces.graph.density < model.to_affinity.low)
    channels, near = torch.from_numpy(face_channels(faces.graph, context.quality)), mean_of_near(faces.graph)
    tune_heads(v, HEADS_V, lambda: affinity_loss(v(channels, near), wanted), steps=steps)


def _tune_c(c: Committee, faces: Faces, context: Context, clusterings: Iterable[IntArray], steps: int) -> None:
    learned = []
    for cluster in clusterings:
        graph = cluster_graph(faces, cluster)
        given = [torch.from_numpy(part) for part in (graph.nodes, graph.edges, graph.pairs)]
        learned.append((given, wanted_strength(faces.graph, context, cluster, graph)))

    def loss() -> Tensor:
        return torch.stack([strength_loss(c(*given), wanted) for given, wanted in learned]).mean()

    heads = [f"members.{n}.{head}" for n in range(len(c.members)) for head in HEADS_C]
    tune_heads(c, heads, loss, steps=steps)


def edge_verdicts(graph: FaceGraph, context: Context) -> Verdict:
    """Say of each edge of the first graph whether its two faces are one person, shape (n, k)."""
    n, k = graph.near.shape
    cosine = graph.scale.cosine(graph.z).ravel()
    return verdict(context, np.repeat(np.arange(n), k), graph.near.ravel(), cosine).reshape(n, k)


def wanted_affinity(graph: FaceGraph, context: Context, low: NDArray[np.bool_]) -> Wanted:
    """Return what GCN-V should say of named faces of low density: as `true_affinity`, over the known edges alone."""
    said = edge_verdicts(graph, context)
    known = (said != UNKNOWN).sum(axis=1)
    closeness = np.clip(graph.z / FULL_Z, 0, 1)
    answer = (closeness * said).sum(axis=1) / np.maximum(known, 1)
    counted = low & (context.person >= 0) & (known > 0)
    return Wanted(answer.astype(np.float32), counted.astype(np.float32))


def wanted_strength(graph: FaceGraph, context: Context, cluster: IntArray, clusters: ClusterGraph) -> Wanted:
    """Return whether pairs of clusters are one person: by the names in both, else by what is known of their edges.

    Args:
        graph: the first graph of n faces.
        context: of the same faces.
        cluster: of each face, shape (n,).
        clusters: their graph with e pairs.
    """
    whose = persons_of(context.person, cluster)
    a, b = whose[clusters.pairs[:, 0]], whose[clusters.pairs[:, 1]]
    named = (a >= 0) & (b >= 0)
    said = np.where(named, np.where(a == b, SAME, OTHER), _by_edges(graph, context, cluster, clusters.pairs))
    return Wanted((said == SAME).astype(np.float32), (said != UNKNOWN).astype(np.float32))


def _by_edges(graph: FaceGraph, context: Context, cluster: IntArray, pairs: IntArray) -> Verdict:
    """Judge pairs of clusters by the edges between their faces; one that parts them outweighs all that join."""
    said = edge_verdicts(graph, context).ravel()
    one, other = np.repeat(cluster, graph.near.shape[1]), cluster[graph.near.ravel()]
    m = int(cluster.max(initial=-1)) + 1
    key, wanted = _key(one, other, m), _key(pairs[:, 0], pairs[:, 1], m)
    parted, joined = np.isin(wanted, key[said == OTHER]), np.isin(wanted, key[said == SAME])
    return np.where(parted, OTHER, np.where(joined, SAME, UNKNOWN)).astype(np.int8)


def _key(one: IntArray, other: IntArray, m: int) -> IntArray:
    found: IntArray = np.minimum(one, other) * np.int64(m) + np.maximum(one, other)
    return found


def strength_loss(logits: Tensor, wanted: Wanted) -> Tensor:
    """Return the mean cross-entropy of pairs of clusters, logits (e,)."""
    return wanted.mean(binary_cross_entropy_with_logits(logits, torch.from_numpy(wanted.answer), reduction="none"))


def affinity_loss(affinity: Tensor, wanted: Wanted) -> Tensor:
    """Return the mean squared error of affinities (n,)."""
    return wanted.mean((affinity - torch.from_numpy(wanted.answer)).square())
