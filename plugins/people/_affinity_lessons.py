"""What the nets of patent 003 learn from: simulated galleries, and the cluster graphs that turn up in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import sparse  # type: ignore[import-untyped]

from plugins.people import Context, Floats, IntArray
from plugins.people._affinity_graph import FaceGraph, face_graph, fragments
from plugins.people._affinity_model import AffinityModel
from plugins.people._cluster_graph import PAIR_CHANNELS, ClusterGraph, Faces, cluster_graph
from plugins.people._linkage import average_linkage
from plugins.people._synthetic import drawn
from plugins.people._synthetic_crowds import drawn_crowd

MOST_FACES: Final = 1_500
ROUNDS: Final = 4  # of merging that are learned from in a gallery


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """A gallery with the truth: unit vectors (n, d), labels (n,), what is known, and the first graph."""

    units: Floats
    labels: IntArray
    context: Context
    graph: FaceGraph


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """A cluster graph and the share of its face pairs that are one person, for each pair of clusters (e,)."""

    graph: ClusterGraph
    truth: Floats


def lesson(seed: int) -> Lesson:
    """Simulate a gallery to learn from: half are crowds; of the others photos, times and quality are known or not."""
    rng = np.random.default_rng([seed, 3])
    if rng.random() < 0.5:
        units, labels = drawn_crowd(seed)
        context = Context.of(len(labels))
    else:
        made = drawn(seed, most=MOST_FACES)
        units, labels, context = made.vectors, made.labels, made.context()
        known = rng.random()
        if known < 0.3:
            context = Context.of(len(labels))
        elif known < 0.5:
            context = Context.of(len(labels), photo=made.photo)
    k = int(rng.choice([20, 40, 40, 80]))
    return Lesson(units, labels, context, face_graph(units, context.photo, float("nan"), k))


def judged(given: Lesson, model: AffinityModel, teacher: AffinityModel | None, seed: int) -> Iterator[Judged]:
    """Cluster a gallery as the method does, with thresholds at random, and judge the cluster graphs on the way.

    Args:
        given: the gallery.
        model: tells affinities.
        teacher: mostly tells which clusters are joined; None joins by the cosine of convolved features.
        seed: of the thresholds.
    """
    rng = np.random.default_rng([seed, 4])
    faces = Faces(given.units, given.graph, model.affinity(given.graph, given.context.quality), given.context)
    least = rng.uniform(4, 7) if rng.random() < 0.7 else 30.0
    cluster = fragments(given.graph, faces.affinity, least, np.ones(given.graph.near.shape, dtype=bool))
    for _ in range(ROUNDS):
        graph = cluster_graph(faces, cluster)
        if not len(graph.pairs):
            return
        yield Judged(graph, shared_people(given.labels, cluster, graph))
        follow = teacher is not None and rng.random() < 0.8
        strength = teacher.strength(graph, 0.0) if teacher and follow else by_hand(graph, rng.uniform(4, 6.5))
        group = average_linkage(graph.size, graph.pairs, strength, rng.uniform(0.5, 0.95))
        if group.max() + 1 == len(group):
            return
        cluster = group[cluster]


def by_hand(graph: ClusterGraph, middle: float) -> Floats:
    """Return edge strengths by the cosine of convolved features alone, 0.5 at z `middle`, less for shared photos."""
    smooth, shared = (graph.edges[:, PAIR_CHANNELS.index(name)] for name in ("smooth_z", "shared_photos"))
    return np.asarray(1 / (1 + np.exp(-(2 * (smooth - middle) - 4 * shared))), dtype=np.float32)


def shared_people(labels: IntArray, cluster: IntArray, graph: ClusterGraph) -> Floats:
    """Return, for each pair of clusters, how probably a face of one and a face of the other are one person (e,)."""
    who = np.unique(labels, return_inverse=True)[1]
    counts = sparse.csr_matrix((np.ones(len(labels)), (cluster, who)))
    a, b = graph.pairs.T
    same = np.asarray(counts[a].multiply(counts[b]).sum(axis=1)).ravel()
    return np.asarray(same / (graph.size[a] * graph.size[b]), dtype=np.float32)
