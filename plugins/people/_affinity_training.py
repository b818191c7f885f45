"""Training of patent 003's nets on simulated galleries: GCN-V, then GCN-C on the clusters that GCN-V makes."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

import numpy as np
import torch
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, mse_loss

from plugins import scores
from plugins.people import Floats, IntArray
from plugins.people._affinity_graph import PROFILE
from plugins.people._affinity_lessons import Judged, Lesson, judged, lesson
from plugins.people._affinity_model import AffinityModel, Thresholds, packed, untrained
from plugins.people._affinity_steps import closeness, merged, second_graph
from plugins.people._cluster_graph import PAIR_CHANNELS, Faces
from plugins.people._gcn_c import Committee, GcnC
from plugins.people._gcn_v import DensityMap, GcnV, face_channels, mean_of_near, true_affinity
from plugins.trained_heads import Head

MEMBERS: Final = 3
GALLERIES: Final = 210  # of each member of the committee
HELD_OUT: Final = 24
STEPS_V: Final = 1_500
STEPS_C: Final = (800, 800, 2_400)  # after each third of the galleries, all learned so far
RATE: Final = 3e-3
DECAY: Final = 1e-3
POINTS: Final = 16  # of the map from density to affinity
PROFILE_NOISE: Final = 0.25  # standard deviations, so that single galleries are not known by their profiles
WEIGHT_POWER: Final = 0.25  # a pair of clusters counts by its face pairs to this power: large ones more, not alone
EDGE_Z: Final = (4.5, 5.0, 5.5, 6.5)
MERGE: Final = (0.4, 0.5, 0.6, 0.7, 0.8)
HELD_OUT_FROM: Final = 1_000_000  # seeds of galleries never learned from
FIRST_MERGE: Final = 0.6


def train_affinity(seed: int, galleries: int = GALLERIES, held_out: int = HELD_OUT, members: int = MEMBERS) -> Head:
    """Train the nets of patent 003; return the weights and facts, for `save_head`, the same for the same seed.

    GCN-C is a committee, each member with galleries of its own. A member learns in three turns, each on clusters that
    the net of the turn before has made, so that it knows its own mistakes. The thresholds are those with the best
    BCubed F.5 on galleries never learned from: two people in one cost a user more than one in two.

    Args:
        seed: of galleries and nets.
        galleries: how many each member learns from, a multiple of 3; GCN-V learns from those of the first.
        held_out: how many the thresholds are chosen on.
        members: how many GCN-C there are.

    Source: patent 003 claims 2, 3, 6 and 7; methods 8.2 to 8.4.
    """
    torch.manual_seed(seed)
    first = seed * members
    lessons = _lessons(first, galleries)
    model = _with_gcn_v(lessons, seed)
    nets = [_gcn_c(lessons if n == 0 else _lessons(first + n, galleries), model, first + n) for n in range(members)]
    model = replace(model, c=Committee(nets))
    model = replace(model, to_face=_face_weights(lessons[: max(galleries // 6, 1)], model))
    tests = [lesson(HELD_OUT_FROM + number) for number in range(held_out)]
    model = replace(model, thresholds=chosen_thresholds(tests, model))
    tensors, facts = packed(model)
    facts |= {"galleries": str(galleries), "held_out": json.dumps(figures(tests, model))}
    facts |= {"held_out_without_weights": json.dumps(figures(tests, untrained()))}
    return Head(tensors, facts)


def _lessons(block: int, galleries: int) -> list[Lesson]:
    return [lesson(block * 10_000 + number) for number in range(galleries)]


def _with_gcn_v(lessons: Sequence[Lesson], seed: int) -> AffinityModel:
    """Return a model with a trained GCN-V, and density's own map to affinity."""
    density = np.concatenate([given.graph.density for given in lessons])
    affinity = np.concatenate([true_affinity(given.graph, given.labels) for given in lessons])
    to_affinity = density_map(density, affinity)
    net = GcnV()
    inputs = [face_channels(given.graph, given.context.quality) for given in lessons]
    _standardise(np.concatenate(inputs), net.mean, net.scale)

    def loss(number: int) -> Tensor:
        given = lessons[number]
        low = torch.from_numpy((given.graph.density < to_affinity.low).astype(np.float32))
        wanted = torch.from_numpy(true_affinity(given.graph, given.labels))
        found = net(torch.from_numpy(inputs[number]), mean_of_near(given.graph))
        return (mse_loss(found, wanted, reduction="none") * (1 + low)).mean()

    _descend(net, len(lessons), STEPS_V, seed, loss)
    return replace(untrained(), v=net.eval(), to_affinity=to_affinity, seed=str(seed))


def density_map(density: Floats, affinity: Floats) -> DensityMap:
    """Fit affinity as a rising function of density, in 16 points; half of the faces lie in low density.

    Source: methods D1 and D3.
    """
    at = np.unique(np.quantile(density, np.linspace(0, 1, POINTS)))
    risen = IsotonicRegression(out_of_bounds="clip").fit(density, affinity).predict(at)
    low = float(np.float16(np.median(density)))
    return DensityMap(at.astype(np.float32), np.asarray(risen, dtype=np.float32), low)


def _gcn_c(lessons: Sequence[Lesson], model: AffinityModel, seed: int) -> GcnC:
    net, seen = GcnC(), list[Judged]()
    third = len(lessons) // len(STEPS_C)
    for turn, steps in enumerate(STEPS_C):
        teacher = None if turn == 0 else model
        for number in range(turn * third, (turn + 1) * third):
            seen += judged(lessons[number], model, teacher, seed * 10_000 + number)
        if turn == 0:
            _standardise(np.concatenate([one.graph.nodes for one in seen]), net.node_mean, net.node_scale)
            _standardise(np.concatenate([one.graph.edges for one in seen]), net.edge_mean, net.edge_scale)
        net.train()
        _descend(net, len(seen), steps, seed + turn, partial(_loss_of, net, seen))
        model = replace(model, c=Committee([net.eval()]))
    return net


def _loss_of(net: GcnC, seen: Sequence[Judged], number: int) -> Tensor:
    given = seen[number]
    noise = torch.randn(len(PROFILE) + 1) * PROFILE_NOISE * net.node_scale[-len(PROFILE) - 1 :]
    blurred = given.graph.nodes.copy()
    blurred[:, -len(noise) :] += noise.numpy()
    return pair_loss(net, replace(given, graph=replace(given.graph, nodes=blurred)))


def pair_loss(net: GcnC, given: Judged) -> Tensor:
    """Return the cross-entropy of the pairs of a cluster graph, large clusters counting more."""
    nodes, edges, pairs = (torch.from_numpy(part) for part in (given.graph.nodes, given.graph.edges, given.graph.pairs))
    sizes = edges[:, PAIR_CHANNELS.index("log_small")] + edges[:, PAIR_CHANNELS.index("log_large")]
    weight = torch.exp(WEIGHT_POWER * sizes)
    each = binary_cross_entropy_with_logits(net(nodes, edges, pairs), torch.from_numpy(given.truth), reduction="none")
    return (each * weight).sum() / weight.sum().sqrt() / 20  # larger galleries teach more, but not in proportion


def _standardise(rows: Floats, mean: Tensor, scale: Tensor) -> None:
    mean.copy_(torch.from_numpy(rows.mean(axis=0)))
    scale.copy_(torch.from_numpy(rows.std(axis=0) + 1e-3))


def _descend(net: nn.Module, n: int, steps: int, seed: int, loss: Callable[[int], Tensor]) -> None:
    """Move a net by one of n losses a step, drawn at random, with a rate that rises and falls."""
    rng = np.random.default_rng([seed, 5])
    optimiser = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=DECAY)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps)
    for _ in range(steps):
        optimiser.zero_grad()
        loss(int(rng.integers(n))).backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        rate.step()


def _face_weights(lessons: Sequence[Lesson], model: AffinityModel) -> Floats:
    """Fit how closeness to its cluster and affinity tell whether a face is of the cluster's majority."""
    rows, right = [], []
    for given in lessons:
        faces, cluster = _grouped(given, model, Thresholds(EDGE_Z[1], FIRST_MERGE))
        near = closeness(faces, cluster)
        several = np.isfinite(near)
        rows.append(np.column_stack([near, faces.affinity])[several])
        right.append(_of_majority(given.labels, cluster)[several])
    if len(np.unique(np.concatenate(right))) < 2:  # nothing was grouped wrongly
        return model.to_face
    fitted = LogisticRegression(C=100.0).fit(np.concatenate(rows), np.concatenate(right))
    return np.concatenate([fitted.intercept_, fitted.coef_[0]]).astype(np.float32)


def _of_majority(labels: IntArray, cluster: IntArray) -> IntArray:
    """Say of each face, 0 or 1, whether it is of the person whom most faces of its cluster are of."""
    table = np.zeros((int(cluster.max()) + 1, int(labels.max()) + 1), dtype=np.int32)
    np.add.at(table, (cluster, labels), 1)
    return np.asarray(table.argmax(axis=1)[cluster] == labels, dtype=np.int64)


def _grouped(given: Lesson, model: AffinityModel, at: Thresholds) -> tuple[Faces, IntArray]:
    faces = Faces(given.units, given.graph, model.affinity(given.graph, given.context.quality), given.context)
    return faces, merged(faces, second_graph(faces, at.edge_z), model, at.merge).cluster


def chosen_thresholds(tests: Sequence[Lesson], model: AffinityModel) -> Thresholds:
    """Choose the edge threshold, then the merge threshold: the best BCubed F.5 (methods 8.4)."""
    edge = _best([Thresholds(edge_z, FIRST_MERGE) for edge_z in EDGE_Z], tests, model)
    return _best([replace(edge, merge=merge) for merge in MERGE], tests, model)


def _best(choices: Sequence[Thresholds], tests: Sequence[Lesson], model: AffinityModel) -> Thresholds:
    found = [figures(tests, replace(model, thresholds=one))["bcubed_f_half"] for one in choices]
    return choices[int(np.argmax(found))]


def figures(tests: Sequence[Lesson], model: AffinityModel) -> dict[str, float]:
    """Return the mean BCubed and pairwise scores of a model over galleries; `bcubed_f_half` is F.5."""
    sums = np.zeros(7)
    for given in tests:
        cluster = _grouped(given, model, model.thresholds)[1]
        bcubed = scores.bcubed(given.labels, cluster)
        sums += [*bcubed, *scores.pairwise(given.labels, cluster), bcubed.f_beta(0.5)]
    names = ("bcubed_p", "bcubed_r", "bcubed_f", "pairwise_p", "pairwise_r", "pairwise_f", "bcubed_f_half")
    return {name: round(float(value), 4) for name, value in zip(names, sums / max(len(tests), 1), strict=True)}
