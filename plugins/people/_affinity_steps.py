"""The steps of patent 003 one after the other: first graph, affinity, second graph, cluster graph, merging."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from plugins.half_vectors import parts
from plugins.people import Context, Floats, IntArray, Vectors
from plugins.people._affinity_graph import ONE_IN_1000, FaceGraph, face_graph, fragments
from plugins.people._affinity_model import AffinityModel
from plugins.people._baseline import obeying
from plugins.people._cluster_graph import ClusterGraph, Faces, cluster_graph
from plugins.people._linkage import average_linkage, components
from plugins.people._photo_conflicts import unmixed

MOST_ROUNDS: Final = 12  # each judges the clusters anew that the one before has made; four are usual


@dataclass(frozen=True, slots=True, eq=False)
class Clustered:
    """The cluster of each face (n,), the last cluster graph and how strong its edges are (e,)."""

    cluster: IntArray
    graph: ClusterGraph
    strength: Floats


def faces_of(units: Vectors, context: Context, model: AffinityModel, k: int) -> Faces:
    """Build the first graph and find the affinity of each face (patent 003 claim 1)."""
    graph = face_graph(units, context.photo, context.threshold, k)
    return Faces(units, graph, model.affinity(graph, context.quality), context)


def second_graph(faces: Faces, least_z: float) -> IntArray:
    """Cut the first graph by affinity and return the component of each face (claim 1).

    What the user said is kept, and two people whom photos show together are taken apart.
    """
    person = faces.context.person
    near = person[faces.graph.near]
    allowed = (near == person[:, None]) | (near < 0) | (person < 0)[:, None]
    found = fragments(faces.graph, faces.affinity, least_z, allowed)
    found = unmixed(faces.units, faces.context.photo, found)
    return gapless(obeying(found, faces.units, faces.context))


def merged(faces: Faces, cluster: IntArray, model: AffinityModel, merge: float) -> Clustered:
    """Join clusters by average linkage of their edge strengths, judge them anew, until nothing more is joined."""
    threshold_z = known_threshold_z(faces.graph, faces.context.threshold)
    left = MOST_ROUNDS
    while True:
        left -= 1
        graph = cluster_graph(faces, cluster)
        strength = model.strength(graph, threshold_z)
        group = average_linkage(graph.size, graph.pairs, strength, merge, *_vetoes(faces.context, cluster))
        done = len(group) == 0 or group.max() + 1 == len(group)
        cluster = cluster if done else group[cluster]
        if done or not left:
            return Clustered(cluster, graph, strength)
        del graph, strength  # the next is not built beside it: of a million faces one is a gigabyte


def linked(faces: Faces, cluster: IntArray, model: AffinityModel, merge: float) -> Clustered:
    """Join clusters whose edge strength is above `merge`, once, as claim 1 says; what the user said still holds."""
    graph = cluster_graph(faces, cluster)
    strength = model.strength(graph, known_threshold_z(faces.graph, faces.context.threshold))
    owner, apart = _vetoes(faces.context, cluster)
    group = components(len(graph.size), graph.pairs, strength > merge)
    joined = (
        gapless(obeying(group[cluster], faces.units, faces.context)) if (owner >= 0).any() or apart else group[cluster]
    )
    return Clustered(joined, cluster_graph(faces, joined), np.zeros(0, dtype=np.float32))


def known_threshold_z(graph: FaceGraph, threshold: float) -> float:
    """Return the embedder's threshold in spreads of strangers; where it is not known, that of normal strangers."""
    return float(graph.scale.z(np.array([threshold], dtype=np.float32))[0]) if np.isfinite(threshold) else ONE_IN_1000


def _vetoes(context: Context, cluster: IntArray) -> tuple[IntArray, list[tuple[int, int]]]:
    """Return the named person of each cluster, -1 for none, and pairs of clusters that the user ruled out."""
    owner = np.full(int(cluster.max(initial=-1)) + 1, -1, dtype=np.int64)
    named = context.person >= 0
    owner[cluster[named]] = context.person[named]
    home = {int(person): int(one) for one, person in enumerate(owner) if person >= 0}
    apart = [(int(cluster[face]), home[person]) for face, person in context.never if person in home]
    return owner, [pair for pair in apart if pair[0] != pair[1]]


def closeness(faces: Faces, cluster: IntArray) -> Floats:
    """Return z of how near each face is to the others of its cluster, by convolved features; NaN if alone, (n,)."""
    m = int(cluster.max(initial=-1)) + 1
    total = np.zeros((m, faces.units.shape[1]), dtype=np.float32)
    for some in parts(len(cluster)):
        np.add.at(total, cluster[some], faces.graph.smooth[some])
    size = np.bincount(cluster, minlength=m)[cluster]
    others = np.empty(len(cluster), dtype=np.float32)
    for some in parts(len(cluster)):
        others[some] = np.einsum("ij,ij->i", faces.graph.smooth[some], total[cluster[some]]) - 1
    mean = (others / np.maximum(size - 1, 1)).astype(np.float32)
    return np.where(size > 1, faces.graph.scale.z(mean), np.nan).astype(np.float32)


def gapless(cluster: IntArray) -> IntArray:
    """Number clusters from 0 without gaps, shape (n,)."""
    return np.unique(cluster, return_inverse=True)[1].astype(np.int64)
