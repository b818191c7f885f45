"""New faces put to the clusters of known ones, without clustering anything anew."""

from __future__ import annotations

from typing import Final

import numpy as np

from plugins.half_vectors import HalfVectors, one_after_the_other
from plugins.people import Floats, IntArray, Vectors
from plugins.people._neighbours import units_of, usable
from plugins.people.certainty import Doubles, Known, scale_of, sigmoid

LEAST: Final = 0.5
PHOTO_PENALTY: Final = 4.0
"""What another face of the same cluster in the same photo takes off the log-odds: mirrors and collages exist."""
SUREST: Final = 0.995
"""Probability of a face that has another of its cluster beside it, before that is taken off."""
LEAD: Final = 3
"""Which measure is the lead over the next cluster."""
WEIGHTS: Final = (-4.45, 0.48, 0.01, 3.09, 0.3)
"""Weights of `certainty`'s measures where every cluster is a rival, the lead above all: fitted on 33,546 faces of
simulated galleries and crowds, seeds 3,000,000 to 3,000,119, of which a tenth to a half were taken as new."""


def join_known(
    vectors: Vectors,
    photo_new: IntArray,
    known_vectors: Vectors,
    known_cluster: IntArray,
    known_photo: IntArray,
    *,
    threshold: float = float("nan"),
    least: float = LEAST,
) -> tuple[IntArray, Floats]:
    """Find the cluster of each new face among those that are known; the same input gives the same answer.

    A face goes to the cluster that it looks most like, if that is at least as probable as `least`: by its cosines to
    the mean and to the nearest of the cluster, and by its lead over the next one, so that between siblings it goes to
    nobody. Where the cluster has a face in the same photo already, it is less probable; of two new faces in one photo
    that look like one person the likelier is taken as that face.

    Args:
        vectors: new faces, shape (m, d), any length.
        photo_new: their photos, shape (m,), numbered as `known_photo`.
        known_vectors: shape (n, d), any length, of the same embedder.
        known_cluster: clusters of the known faces, below 0 for none, shape (n,).
        known_photo: shape (n,).
        threshold: cosine that one pair of strangers in 1,000 reaches; NaN if nobody knows.
        least: probability from which a face joins.

    Returns: the cluster of each new face, -1 for none, int (m,), and how probably it is there, float32 (m,), 0 where
        nothing can be said.

    Raises:
        ValueError: the shapes do not fit.
    """
    new, known = (v if isinstance(v, HalfVectors) else np.asarray(v, np.float32) for v in (vectors, known_vectors))
    _check(new, photo_new, known, known_cluster, known_photo)
    good, held = usable(new), usable(known) & (known_cluster >= 0)
    cluster, sure = np.full(len(new), -1, dtype=np.int64), np.zeros(len(new), dtype=np.float32)
    if not good.any() or not held.any():
        return cluster, sure
    names, person = np.unique(known_cluster[held], return_inverse=True)
    theirs, ours = units_of(known, np.flatnonzero(held)), units_of(new, np.flatnonzero(good))
    best, p = _likeliest(theirs, person, known_photo[held], ours, photo_new[good], threshold)
    sure[good] = _with_photos(best, p, photo_new[good], person, known_photo[held])
    cluster[good] = np.where((best >= 0) & (sure[good] >= least), names[best], -1)
    return cluster, sure


def _check(new: Vectors, photo_new: IntArray, known: Vectors, known_cluster: IntArray, known_photo: IntArray) -> None:
    if new.ndim != 2 or known.ndim != 2 or new.shape[1] != known.shape[1]:
        raise ValueError(f"new vectors {new.shape} and known ones {known.shape} must be (m, d) and (n, d) of one d")
    if len(photo_new) != len(new) or not len(known) == len(known_cluster) == len(known_photo):
        raise ValueError("each face needs a photo, and each known one a cluster")


def _likeliest(
    known: Vectors, person: IntArray, known_photo: IntArray, new: Vectors, photo_new: IntArray, threshold: float
) -> tuple[IntArray, Doubles]:
    """Return the likeliest cluster of each new face and its probability, photos not looked at."""
    units = one_after_the_other(known, new)
    group = np.concatenate([person, int(person.max()) + 1 + np.arange(len(new))])
    scale = scale_of(units, group, np.concatenate([known_photo, photo_new]), threshold)
    whose = np.concatenate([person, np.full(len(new), -1)])
    people = Known(units, whose, np.full(len(units), -1), scale)
    seen = people.likeness(np.arange(len(known), len(units)))
    p = sigmoid(seen.measures @ np.array(WEIGHTS))
    before_next = sigmoid(WEIGHTS[LEAD] * np.maximum(seen.measures[:, LEAD], 0))  # a half where the next is as near
    return seen.person, np.where(seen.person >= 0, np.minimum(p, before_next), 0)


def _with_photos(best: IntArray, p: Doubles, photo_new: IntArray, person: IntArray, known_photo: IntArray) -> Floats:
    """Return the probabilities lowered where the cluster has another face in the photo."""
    near = np.isin(known_photo, photo_new)
    there = set(zip(person[near].tolist(), known_photo[near].tolist(), strict=True))
    lowered = p.astype(np.float32)
    for at in np.argsort(-p, kind="stable").tolist():
        pair = (int(best[at]), int(photo_new[at]))
        if pair in there:
            sure = float(np.clip(p[at], 1e-12, SUREST))
            lowered[at] = 1 / (1 + np.exp(PHOTO_PENALTY) * (1 - sure) / sure)
        there.add(pair)
    return lowered
