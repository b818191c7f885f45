"""Train the confidence net of patent 001 on simulated galleries: loose groups, and who belongs to their majority."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from plugins.people import Floats, IntArray
from plugins.people._confidence_channels import AXES, CHANNELS, Group, Material, group_of
from plugins.people._confidence_judge import KIND, SCHEMA
from plugins.people._confidence_net import ConfidenceNet
from plugins.people._first_groups import component_groups, linked_groups
from plugins.people._regrouping import split_by
from plugins.people._scale import Scale
from plugins.people._synthetic import Gallery, drawn
from plugins.scores import auc
from plugins.trained_heads import Head

KEEP: Final = 0.4  # below even odds: a right face that is parted costs as many pairs as it has, a wrong one as few
GROUPS_A_KIND: Final = 25
"""Groups of each kind taken from one gallery, so that no kind outweighs the others."""
LARGEST: Final = 300
BATCH_CELLS: Final = 60_000
"""Pairs of faces in one batch: many small groups, or few large ones."""
MIXED: Final = (0.3, 0.97)
"""Shares of the majority between which a group counts as mixed."""


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One group, and which of its faces are of the person who is most in it: `belongs` float32 (n,), 0 or 1."""

    group: Group
    belongs: Floats
    share: float


def train_confidence(
    seed: int, *, galleries: int = 100, held_out: int = 20, epochs: int = 10, most: int = 2_000
) -> Head:
    """Train on simulated galleries; return the weights and facts, for `save_head`. Two minutes on one core.

    Args:
        seed: of galleries, weights and order: the same seed gives the same head on the same machine.
        galleries: to train on.
        held_out: further ones for the figures among the facts.
        epochs: passes over all groups.
        most: faces of the largest gallery.

    Source: patent 001 does not say how its graph convolution is trained; the labels are those of Yang et al., Learning
    to Cluster Faces on an Affinity Graph (2019), section 3.4: is a face of its group's majority.
    """
    torch.manual_seed(seed)
    first = 1_000_000 * (seed + 1)
    net = ConfidenceNet(len(CHANNELS))
    _fit(net, samples(range(first, first + galleries), most), epochs, np.random.default_rng(seed))
    mixed = [s for s in samples(range(first - held_out, first), most) if MIXED[0] <= s.share <= MIXED[1]]
    facts = {
        "kind": KIND,
        "schema": SCHEMA,
        "channels": json.dumps(CHANNELS),
        "patent": "001",
        "seed": str(seed),
        "trained_on": f"{galleries} simulated galleries of at most {most} faces",
        "keep": str(KEEP),
        "node_auc": f"{node_auc(net.eval(), mixed):.4f}",
        "face_share": f"{net.share.sigmoid().item():.3f}",
    }
    return Head(net.tensors(), facts)


def node_auc(net: ConfidenceNet, judged: Sequence[Sample]) -> float:
    """Return how well confidences tell faces that belong from those that do not, over all groups: area under ROC."""
    with torch.no_grad():
        sure = [net(*_tensors(sample.group)).numpy() for sample in judged]
    return auc(np.concatenate([s.belongs for s in judged]) > 0, np.concatenate(sure))


def samples(seeds: Sequence[int], most: int) -> list[Sample]:
    """Simulate a gallery a seed, and form groups in it as methods and people's hands do."""
    return [sample for seed in seeds for sample in _samples_of(drawn(seed, most=most), np.random.default_rng(seed))]


def _samples_of(made: Gallery, rng: np.random.Generator) -> Iterator[Sample]:
    """Half of the galleries are looked at without their embedder's threshold, as where nobody knows it."""
    context = made.context()
    if rng.random() < 0.5:
        context = replace(context, threshold=float("nan"))
    material = _measured(Material.of(made.vectors, context), rng)
    for kind in _groupings(material, made.labels, rng):
        chosen = [members for members in split_by(np.arange(len(kind)), kind) if len(members) > 1]
        for number in rng.permutation(len(chosen))[:GROUPS_A_KIND]:
            members = rng.permutation(chosen[number])[:LARGEST]
            yield _sample(material, members, made.labels[members])


def _measured(material: Material, rng: np.random.Generator) -> Material:
    """Measure a gallery a little wrongly, as happens with galleries and embedders that are not simulated."""
    scale = material.scale
    angle, deviation = scale.angle - rng.normal(0, 0.4) * scale.deviation, scale.deviation * np.exp(rng.normal(0, 0.15))
    return replace(material, scale=Scale(angle, deviation))


def _groupings(material: Material, labels: IntArray, rng: np.random.Generator) -> Iterator[IntArray]:
    """Group all faces in five ways, none of them well: what hangs together, average linkage, cells, and hands."""
    scale, most = material.scale, int(rng.choice([100, 300, 10_000]))
    yield component_groups(material.near, scale.cosine_at(rng.uniform(-0.5, 3)), most, scale.unit)
    yield linked_groups(material.units[:], scale.cosine_at(-rng.uniform(0, 3)))
    for _ in range(2):
        centres = rng.permutation(len(material.units))[: max(2, int(len(material.units) / rng.uniform(5, 60)))]
        yield np.argmax(material.units @ material.units[centres].T, axis=1).astype(np.int64)
    yield _mistaken(material, labels, rng.uniform(0, 0.15), rng)


def _mistaken(material: Material, labels: IntArray, share: float, rng: np.random.Generator) -> IntArray:
    """Return the true people with a share of the faces given to the nearest somebody else."""
    of_near = labels[material.near.index]
    other = of_near != labels[:, None]
    wrong = (rng.random(len(labels)) < share) & other.any(axis=1)
    return np.where(wrong, of_near[np.arange(len(labels)), other.argmax(axis=1)], labels)


def _sample(material: Material, members: IntArray, labels: IntArray) -> Sample:
    """Where nobody is twice in a group, nobody belongs to it."""
    people, counts = np.unique(labels, return_counts=True)
    belongs = (labels == people[counts.argmax()]) & (counts.max() > 1)
    return Sample(group_of(material, members), belongs.astype(np.float32), float(counts.max() / len(labels)))


def _fit(net: ConfidenceNet, learned: Sequence[Sample], epochs: int, rng: np.random.Generator) -> None:
    batches = list(_batches(learned))
    optimiser = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, epochs * len(batches))
    for _ in range(epochs):
        for number in rng.permutation(len(batches)):
            features, faces, attributes, itself, belongs, counted = batches[number]
            logits = net(_mirrored(features, rng), faces, attributes, itself)
            losses = binary_cross_entropy_with_logits(logits, belongs, weight=counted, reduction="sum")
            optimiser.zero_grad()
            (losses / counted.sum()).backward()
            optimiser.step()
            schedule.step()


def _mirrored(features: Tensor, rng: np.random.Generator) -> Tensor:
    """Turn main axes round at random: their signs mean nothing."""
    signs = torch.ones(len(features), 1, features.shape[-1])
    signs[:, 0, -AXES:] = torch.from_numpy(rng.choice([-1.0, 1.0], (len(features), AXES)))
    return features * signs


def _batches(learned: Sequence[Sample]) -> Iterator[tuple[Tensor, ...]]:
    """Put groups of like size together, padded to the largest with faces that count for nothing."""
    batch: list[Sample] = []
    for sample in sorted(learned, key=lambda s: len(s.belongs)):
        if (len(batch) + 1) * len(sample.belongs) ** 2 > BATCH_CELLS and batch:
            yield _padded(batch)
            batch = []
        batch.append(sample)
    if batch:
        yield _padded(batch)


def _padded(batch: Sequence[Sample]) -> tuple[Tensor, ...]:
    n = max(len(sample.belongs) for sample in batch)
    rows = [(*_tensors(s.group), torch.from_numpy(s.belongs), torch.ones(len(s.belongs))) for s in batch]
    shapes = (n, len(CHANNELS)), (n, n), (n, n), (n, n), (n,), (n,)
    return tuple(
        torch.stack([_grown(part, shape) for part in parts])
        for parts, shape in zip(zip(*rows, strict=True), shapes, strict=True)
    )


def _grown(part: Tensor, shape: Sequence[int]) -> Tensor:
    """Add zeros up to a shape."""
    grown = torch.zeros(*shape)
    grown[tuple(slice(length) for length in part.shape)] = part
    return grown


def _tensors(group: Group) -> tuple[Tensor, ...]:
    parts = group.features, group.faces, group.attributes, group.itself
    return tuple(torch.from_numpy(np.ascontiguousarray(part, dtype=np.float32)) for part in parts)
