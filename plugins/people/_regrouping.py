"""Second groups of patent 001: what is kept of a group, and what becomes of the faces that do not belong."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from plugins.people import Floats, IntArray
from plugins.people._confidence_channels import Material
from plugins.people._first_groups import component_groups, linked_groups
from plugins.people._linkage import average_linkage
from plugins.people._neighbours import Neighbours

Judge: TypeAlias = Callable[[IntArray], Floats]
"""The confidences (n,) of n faces taken as one group of two or more."""
PAIRWISE_UP_TO = 2_000
"""Rejected faces up to which all pairs are compared: 32 MB."""
ALL_PAIRS_UP_TO = 2_000
"""Groups up to which all pairs are compared."""
UNLIKE = 0.15
"""Likeness of two groups below which they are strangers, and count as not alike at all."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How groups are parted: faces below `keep` are rejected, up to `rounds` times, at most `most` in one component."""

    keep: float
    rounds: int
    most: int


def parted(
    material: Material, groups: Iterable[IntArray], judge: Judge, rule: Rule, named: IntArray
) -> tuple[IntArray, Floats]:
    """Part groups until each face belongs where it is.

    A named face stays: where a group's named faces are the ones that do not fit, the others have to go.

    Args:
        material: the gallery.
        groups: faces of each group.
        judge: says how well faces belong to their group.
        rule: see above.
        named: whom the user named on each face, -1 for nobody, shape (n,).

    Returns:
        Group of each face, int (n,), numbered from 0, and its confidence, float32 (n,), NaN of faces alone.

    Source: patent 001 claim 1 (re-clustering by confidence; our reading B7).
    """
    found, confidence = np.zeros(len(named), dtype=np.int64), np.full(len(named), np.nan, dtype=np.float32)
    queue, n_done = list(groups), 0
    for turn in range(rule.rounds + 1):
        again: list[IntArray] = []
        for members in queue:
            parts = [members]
            if len(members) > 1:
                confidence[members] = sure = judge(members)
                parts = _parts(material, members, sure, rule, named) if turn < rule.rounds else parts
            if len(parts) > 1:
                confidence[members] = np.nan
                again += parts
            else:
                found[members] = n_done
                n_done += 1
        queue = again
    return found, np.where(named >= 0, np.where(np.isnan(confidence), confidence, 1), confidence).astype(np.float32)


def _parts(material: Material, members: IntArray, sure: Floats, rule: Rule, named: IntArray) -> list[IntArray]:
    """Return what is kept of a group, then the groups of what is not."""
    kept, known = sure >= rule.keep, named[members] >= 0
    if known.any() and sure[known].mean() < rule.keep:
        kept = ~kept
    kept |= known
    rejected = members[~kept]
    parts = [members[kept]] if kept.any() else []
    if len(rejected):
        parts += split_by(rejected, _regrouped(material, rejected, rule))
    return parts


def _regrouped(material: Material, rejected: IntArray, rule: Rule) -> IntArray:
    """Group the faces that a group rejected by themselves, at the gallery's threshold, at more where they are many."""
    if len(rejected) <= PAIRWISE_UP_TO:
        return linked_groups(material.units[rejected], material.scale.threshold)
    place = np.full(len(material.units), -1, dtype=np.int64)
    place[rejected] = np.arange(len(rejected))
    inside = place[material.near.index[rejected]]
    # A neighbour that is not among them is replaced by the face itself, which links nothing.
    near = Neighbours(np.where(inside < 0, np.arange(len(rejected))[:, None], inside), material.near.cosine[rejected])
    return component_groups(near, material.scale.cosine_at(1), rule.most, material.scale.unit)


def split_by(faces: IntArray, group: IntArray) -> list[IntArray]:
    """Return the faces of each group, in the order of their numbers."""
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order])) + 1
    return np.split(faces[order], starts)


def joined(material: Material, group: IntArray, least: float) -> IntArray:
    """Join groups by average linkage, so that nobody stays in pieces; return the group of each face, int (n,).

    Args:
        material: the gallery; of very many groups only those are compared of which some faces are near each other.
        group: of each face, numbered from 0 without gaps, shape (n,).
        least: mean likeness of two groups from which they are joined, 0.5 at the gallery's threshold.
    """
    size, total = np.bincount(group), np.zeros((int(group.max(initial=-1)) + 1, material.units.shape[1]), np.float32)
    np.add.at(total, group, material.units)
    mean = total / size[:, None]
    pairs = (
        _touching(material, group) if len(size) > ALL_PAIRS_UP_TO else np.stack(np.triu_indices(len(size), 1), axis=1)
    )
    cosine = np.concatenate([np.einsum("ed,ed->e", mean[part[:, 0]], mean[part[:, 1]]) for part in _parts_of(pairs)])
    alike = 1 / (1 + np.exp(-material.scale.of_cosine(cosine)))
    near = alike >= UNLIKE
    return average_linkage(size, pairs[near], alike[near].astype(np.float32), least)[group]


def _parts_of(pairs: IntArray) -> list[IntArray]:
    return np.array_split(pairs, max(1, len(pairs) // 50_000))


def _touching(material: Material, group: IntArray) -> IntArray:
    """Return the pairs of groups of which some faces are among each other's nearest, shape (e, 2)."""
    k = material.near.index.shape[1]
    pairs = np.stack([group.repeat(k), group[material.near.index.reshape(-1)]], axis=1)
    return np.unique(np.sort(pairs[pairs[:, 0] != pairs[:, 1]], axis=1), axis=0)
