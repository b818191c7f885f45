"""Clusters of picture vectors, and what keeps each of them alive."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from plugins.tags import Floats, IntArray

CHUNK: Final = 8_192  # photos compared with all centres at a time
WHOLE: Final = 50_000  # up to so many photos k-means looks at all of them in each round
BATCH: Final = 10_000  # photos of a mini-batch (¶51)
WARM_ROUNDS: Final = 5  # rounds of a warm start: the centres are nearly right already


def centres_for(n: int) -> int:
    """Return how many clusters a stock of `n` tagged photos gets: one for 8 photos, at most 250.

    Source: methods C7 has √(n/2) up to 150; finer clusters did better on half of the kinds of Caltech-101.
    """
    return max(1, min(n // 8, 250)) if n >= 8 else n


def k_means(vectors: Floats, k: int, seed: int = 0) -> Floats:
    """Return the centres of k-means++ and Lloyd's rounds, shape (k, d); of mini-batches where the stock is large.

    Args:
        vectors: shape (n, d).
        k: so many centres, 1 to n.
        seed: of the start.

    Source: patent 002 claim 3, ¶43; starting from photos, not from random vectors, is reading C3.
    """
    if len(vectors) > WHOLE:
        return mini_batch(vectors, k, seed)
    return _centres(KMeans(k, n_init=1, random_state=seed), vectors)


def mini_batch(vectors: Floats, k: int, seed: int = 0) -> Floats:
    """Return the centres of mini-batch k-means, shape (k, d), from batches of 10,000 photos.

    Source: patent 002 claim 3, ¶43 and ¶51.
    """
    return _centres(MiniBatchKMeans(k, n_init=1, batch_size=BATCH, random_state=seed), vectors)


def warmed(vectors: Floats, centres: Floats) -> Floats:
    """Return centres after a few rounds of k-means that start from saved ones, shape (K, d).

    Args:
        vectors: shape (n, d), n >= K.
        centres: shape (K, d).

    Source: patent 002 claim 8, ¶60.
    """
    return _centres(KMeans(len(centres), init=centres, n_init=1, max_iter=WARM_ROUNDS, random_state=0), vectors)


def _centres(method: KMeans | MiniBatchKMeans, vectors: Floats) -> Floats:
    """Run a method of scikit-learn on one thread: several add up in any order, and the last digits differ each time."""
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer different photos than centres: `settled` drops some
        return np.asarray(method.fit(vectors).cluster_centers_, dtype=np.float32)


def nearest(vectors: Floats, centres: Floats) -> tuple[IntArray, Floats]:
    """Return the nearest centre of each photo and the squared distance to it, both shape (n,).

    Source: patent 002 claim 5, ¶56–58 (the similarity is the negative distance: reading C6).
    """
    if not len(vectors):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
    labels, squared = zip(*((gaps.argmin(1), gaps.min(1)) for gaps in squared_distances(vectors, centres)), strict=True)
    return np.concatenate(labels).astype(np.int64), np.concatenate(squared)


def squared_distances(vectors: Floats, centres: Floats) -> Iterator[Floats]:
    """Yield the squared distances of some photos at a time to all centres, shape (at most CHUNK, K)."""
    of_centres = (centres**2).sum(1)
    for start in range(0, len(vectors), CHUNK):
        part = vectors[start : start + CHUNK]
        yield np.maximum((part**2).sum(1)[:, None] - 2 * (part @ centres.T) + of_centres, 0)


def similarities(squared: Any) -> Any:
    """Return 1 - squared / 2, the cosine where centres have unit length: 1 on the centre, 0 and less far away."""
    return 1 - squared / 2


def settled(vectors: Floats, centres: Floats) -> tuple[Floats, IntArray]:
    """Return centres that each have a photo and are the mean of theirs, and the cluster of each photo, shape (n,).

    A dead centre is moved to the photo that is farthest from its own; it goes where all photos lie on centres.

    Source: patent 002 ¶47; re-seeding is reading C3.
    """
    for _ in range(len(centres)):
        labels, squared = nearest(vectors, centres)
        dead = np.setdiff1d(np.arange(len(centres)), labels)
        far = np.argsort(-squared, kind="stable")[: len(dead)]
        far = far[squared[far] > SAME]
        if not len(far):
            break
        centres = centres.copy()
        centres[dead[: len(far)]] = vectors[far]
    _, labels = np.unique(nearest(vectors, centres)[0], return_inverse=True)
    return means(vectors, labels), labels.astype(np.int64)


SAME: Final = 1e-6  # squared distance below which a photo lies on its centre: rounding


def means(vectors: Floats, labels: IntArray) -> Floats:
    """Return the mean of each cluster, shape (K, d), for labels that run from 0 to K - 1 without a gap."""
    order = np.argsort(labels, kind="stable")
    counts = np.bincount(labels)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    return np.asarray(np.add.reduceat(vectors[order], starts, axis=0) / counts[:, None], dtype=np.float32)


def least_similarity(vectors: Floats, centres: Floats, labels: IntArray, unlike: float) -> float:
    """Return the similarity to the nearest centre that all but a share `unlike` of these photos have, if seen anew.

    A photo draws its centre near: without it the centre of c photos lies c / (c - 1) times as far away.

    Args:
        vectors: shape (n, d), n > 0.
        centres: means of their photos, shape (K, d).
        labels: cluster of each photo, shape (n,).
        unlike: share of photos, 0 to 1.
    """
    if len(centres) < 2:
        return -np.inf
    two = np.concatenate(
        [np.sort(np.partition(gaps, 1, axis=1)[:, :2]) for gaps in squared_distances(vectors, centres)]
    )
    count = np.bincount(labels)[labels].astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        without = np.where(count > 1, two[:, 0] * (count / (count - 1)) ** 2, np.inf)
    return float(np.quantile(similarities(np.minimum(without, two[:, 1])), unlike))
