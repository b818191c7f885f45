"""Scores of extraction: faces found, people told apart, neighbours of one kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata  # type: ignore[import-untyped]

from benchmarks._groups import Box
from benchmarks._sides import FloatArray, Seen, Vectors

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

SAME_FACE_IOU: Final = 0.3
"""Overlap from which a found box is a true face: boxes of two detectors around one head overlap by 0.5 and more."""


class Found(NamedTuple):
    """Which of the true faces of a picture were found, and how many boxes are on none."""

    faces: frozenset[int]
    false: int


def centre_face(seen: Seen) -> int | None:
    """Return the index of the face that covers the middle of the picture, of several the nearest; None without one."""
    low, high = seen.boxes[:, :2], seen.boxes[:, 2:]
    covering = np.flatnonzero(((low <= 0.5) & (high >= 0.5)).all(axis=1))
    if not len(covering):
        return None
    far = np.hypot(*((low + high) / 2 - 0.5)[covering].T)
    return int(covering[np.argmin(far)])


def found_faces(truth: Sequence[Box], boxes: FloatArray) -> Found:
    """Match found boxes to true ones one to one, the best overlap first.

    Args:
        truth: true boxes of one picture.
        boxes: found ones, shape (n, 4), in the same unit.
    """
    overlap = overlaps(np.array(truth, dtype=np.float64).reshape(-1, 4), boxes)
    found = set()
    while overlap.size and overlap.max() >= SAME_FACE_IOU:
        true, guess = np.unravel_index(int(overlap.argmax()), overlap.shape)
        overlap[true], overlap[:, guess] = 0, 0
        found.add(int(true))
    return Found(frozenset(found), len(boxes) - len(found))


def overlaps(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return intersection over union of boxes, shapes (n, 4) and (m, 4) to (n, m)."""
    low, high = np.maximum(a[:, None, :2], b[None, :, :2]), np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    area_a, area_b = ((boxes[:, 2:] - boxes[:, :2]).prod(axis=1) for boxes in (a, b))
    union = area_a[:, None] + area_b[None] - shared
    share: FloatArray = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    return share


def pairs(labels: IntArray, most: int, seed: int) -> tuple[IntArray, BoolArray]:
    """Draw pairs of items: of one label and of two, each kind at most `most`.

    Args:
        labels: shape (n,).
        most: how many of each kind.
        seed: of the draw.

    Returns:
        Indices, shape (k, 2), and whether the two are of one label, shape (k,).
    """
    first, second = np.triu_indices(len(labels), 1)
    same = labels[first] == labels[second]
    rng = np.random.default_rng(seed)
    kinds = [rng.permutation(np.flatnonzero(same == kind))[:most] for kind in (True, False)]
    picked = np.concatenate(kinds)
    return np.column_stack([first, second])[picked], same[picked]


def auc(cosines: FloatArray, same: BoolArray) -> float | None:
    """Return the chance that a pair of one person is nearer than a pair of two, ties half; None without both kinds."""
    n_same, n_other = int(same.sum()), int((~same).sum())
    if not n_same or not n_other:
        return None
    ranks = rankdata(cosines)[same].sum()
    return float((ranks - n_same * (n_same + 1) / 2) / (n_same * n_other))


def tpr_at(cosines: FloatArray, same: BoolArray, fpr: float) -> float | None:
    """Return the share of pairs of one person above the threshold that at most a share `fpr` of the others passes.

    None without both kinds, or with too few others for that share to be one pair.
    """
    others = np.sort(cosines[~same])[::-1]
    passing = int(len(others) * fpr)
    if not same.any() or not passing:
        return None
    return float((cosines[same] > others[passing]).mean())


def p_at_1(vectors: Vectors, labels: IntArray) -> float | None:
    """Return the share of items whose nearest other by cosine has their label; rows are L2-normalised."""
    if len(labels) < 2:
        return None
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -np.inf)
    return float((labels[cosines.argmax(axis=1)] == labels).mean())
