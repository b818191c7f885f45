"""Patent 001 to the letter: a first group for each image and threshold, and the matrix of confidences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from plugins.people import Floats, IntArray
from plugins.people._confidence_channels import Material, group_of
from plugins.people._confidence_judge import Judge
from plugins.people._first_groups import ego_groups


@dataclass(frozen=True, slots=True, eq=False)
class Confidences:
    """First groups and how surely each image is in each.

    `groups` are images of each first group, the image that it was formed from first; `values` the confidence of each
    of them; `threshold` (groups,) the first threshold, a cosine; `n` how many images there are.
    """

    groups: tuple[IntArray, ...]
    values: tuple[Floats, ...]
    threshold: Floats
    n: int

    def matrix(self) -> Floats:
        """Return the confidence of each image in each first group, float32 (groups, n), NaN where it is not in it.

        Source: patent 001 claim 1 (the confidence matrix).
        """
        full = np.full((len(self.groups), self.n), np.nan, dtype=np.float32)
        for row, images, values in zip(full, self.groups, self.values, strict=True):
            row[images] = values
        return full


def confidences(material: Material, thresholds: Sequence[float], judge: Judge) -> Confidences:
    """Form the first groups for each threshold, and judge every image in every one of them.

    Args:
        material: n images.
        thresholds: first thresholds, cosines.
        judge: the graph convolution.

    Source: patent 001 claims 1 to 3.
    """
    formed = [(group, threshold) for threshold in thresholds for group in ego_groups(material.near, threshold)]
    groups = tuple(group for group, _ in formed)
    values = tuple(judge.confidences(group_of(material, group, strict=True)) for group in groups)
    return Confidences(groups, values, np.array([cut for _, cut in formed], np.float32), len(material.units))


def second_groups(found: Confidences, keep: float) -> list[IntArray]:
    """Return what each first group keeps: the images of confidence `keep` or more; no empty ones, no doubles.

    Source: patent 001 claim 1 (re-clustering; our reading B7).
    """
    kept = {tuple(sorted(group[sure >= keep].tolist())): None for group, sure in _rows(found)}
    return [np.array(group, dtype=np.int64) for group in kept if group]


def partition(found: Confidences, keep: float) -> tuple[IntArray, Floats]:
    """Leave each image in the one second group in which its confidence is highest.

    Of equal ones the group of the higher threshold counts, then the one formed from the earlier image.

    Returns:
        Group of each image int (n,), -1 if no group keeps it, and its confidence there float32 (n,), else NaN.

    Source: our reading B2.
    """
    group, best = np.full(found.n, -1, dtype=np.int64), np.full(found.n, -1.0)
    for number in np.argsort(-found.threshold, kind="stable"):
        images, sure = found.groups[number], found.values[number]
        better = (sure >= keep) & (sure > best[images])
        group[images[better]], best[images[better]] = number, sure[better]
    return group, np.where(group >= 0, best, np.nan).astype(np.float32)


def _rows(found: Confidences) -> Iterator[tuple[IntArray, Floats]]:
    return zip(found.groups, found.values, strict=True)
