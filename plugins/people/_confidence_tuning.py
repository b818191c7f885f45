"""The confidence net's last layer and its share of the faces, moved by what a library's names say of its groups."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from plugins.head_tuning import STEPS, tune_heads
from plugins.people import Context, Floats, IntArray
from plugins.people._confidence_channels import Group, Material, group_of
from plugins.people._confidence_net import ConfidenceNet
from plugins.people._first_groups import component_groups
from plugins.people._pair_truth import OTHER, SAME, UNKNOWN, persons_of, verdict
from plugins.people._regrouping import split_by

HEADS: Final = ("out.", "share")
"""The read-out, and the share α of the faces in the fused similarity; the convolutions stay as shipped."""
LOOSE: Final = (-0.5, 0.5, 1.5)
"""Thresholds of the groups that are learned from, in deviations of strangers above the gallery's: loose to firm."""
MOST: Final = 200
"""Faces above which a component is taken apart at a higher threshold."""
GROUPS: Final = 120
"""Groups that are learned from, drawn from all that have three faces or more, two of them named."""
BATCH_PAIRS: Final = 40_000
Batch: TypeAlias = tuple[Tensor, ...]
"""What the net takes of several groups, then `belongs` and `counted`."""


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """One group: its faces `members` int (n,), and whether each belongs, float32 (n,), 0 or 1.

    `counted` float32 (n,) is 0 for faces of which nothing is known.
    """

    members: IntArray
    group: Group
    belongs: Floats
    counted: Floats


def tune_confidence(net: ConfidenceNet, material: Material, context: Context, seed: int, steps: int = STEPS) -> None:
    """Move the net's head in place; faces of which nobody said anything are in the groups, but not in the loss.

    Args:
        net: with shipped weights.
        material: the n usable faces of a library.
        context: of the same faces; its names are what is learned from.
        seed: of the draw of groups.
        steps: how often the head is moved.

    Source: methods 8.6.
    """
    lessons = list(lessons_of(material, context, seed))
    if lessons:
        batches = batches_of(lessons)
        tune_heads(net, HEADS, lambda: mean_loss(net, batches), steps=steps)


def lessons_of(material: Material, context: Context, seed: int) -> Iterable[Lesson]:
    """Yield groups with two named faces and another, and what is known of their faces."""
    threshold, step = material.scale.threshold, material.scale.unit
    groups = [
        members
        for loose in LOOSE
        for members in _split(component_groups(material.near, threshold + loose * step, MOST, step))
        if len(members) > 2 and (context.person[members] >= 0).sum() > 1
    ]
    for number in np.random.default_rng(seed).permutation(len(groups))[:GROUPS]:
        yield _lesson(material, context, groups[number])


def _split(group: IntArray) -> list[IntArray]:
    return split_by(np.arange(len(group)), group)


def _lesson(material: Material, context: Context, members: IntArray) -> Lesson:
    """Judge each face by the person who is most in the group: by its own name, else by its pairs with that person's."""
    person = context.person[members]
    (majority,) = persons_of(person, np.zeros(len(members), dtype=np.int64))
    theirs = members[person == majority]
    one, other = np.repeat(members, len(theirs)), np.tile(theirs, len(members))
    cosine = np.einsum("ed,ed->e", material.units[one], material.units[other])
    said = np.where(one == other, UNKNOWN, verdict(context, one, other, cosine)).reshape(len(members), len(theirs))
    # Where nobody is named twice, nobody belongs: the group is nobody's.
    own = (person == majority) & (len(theirs) > 1)
    belongs = np.where(person >= 0, own, (said == SAME).any(axis=1) & ~(said == OTHER).any(axis=1))
    counted = (person >= 0) | (said != UNKNOWN).any(axis=1)
    return Lesson(members, group_of(material, members), belongs.astype(np.float32), counted.astype(np.float32))


def batches_of(lessons: Iterable[Lesson]) -> list[Batch]:
    """Put lessons of like size together, as the net takes them, padded with faces that count for nothing."""
    batches: list[list[Lesson]] = []
    for lesson in sorted(lessons, key=lambda each: len(each.members)):
        if not batches or (len(batches[-1]) + 1) * len(lesson.members) ** 2 > BATCH_PAIRS:
            batches.append([])
        batches[-1].append(lesson)
    return [_padded(batch) for batch in batches]


def _padded(lessons: Sequence[Lesson]) -> Batch:
    n = len(lessons[-1].members)  # the largest
    rows = []
    for each in lessons:
        square = each.group.faces, each.group.attributes, each.group.itself
        spare = n - len(each.members)
        parts = [np.pad(each.group.features, ((0, spare), (0, 0)))]
        parts += [np.pad(part, (0, spare)) for part in (*square, each.belongs, each.counted)]
        rows.append([torch.from_numpy(np.ascontiguousarray(part, dtype=np.float32)) for part in parts])
    return tuple(torch.stack(parts) for parts in zip(*rows, strict=True))


def mean_loss(net: ConfidenceNet, batches: Sequence[Batch]) -> Tensor:
    """Return the mean loss over all faces that count."""
    total, counted = torch.zeros(()), torch.zeros(())
    for features, faces, attributes, itself, belongs, weight in batches:
        logits = net(features, faces, attributes, itself)
        total = total + binary_cross_entropy_with_logits(logits, belongs, weight=weight, reduction="sum")
        counted = counted + weight.sum()
    return total / counted.clamp(min=1)
