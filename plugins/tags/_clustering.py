"""Clusters of picture vectors by scikit-learn, and what keeps each of them alive."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import DBSCAN, KMeans, MeanShift, MiniBatchKMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from plugins.tags import Floats, IntArray

Algorithm = Literal["kmeans", "mini_batch", "mean_shift", "dbscan", "gaussian_mixture"]
CHUNK: Final = 8_192  # photos compared with all centres at a time
WHOLE: Final = 20_000  # up to so many photos k-means looks at all of them in each round
BATCH: Final = 10_000  # photos of a mini-batch (¶51)
CORE: Final = 4  # photos near one another that begin a cluster of DBSCAN
SAMPLE: Final = {"mean_shift": 400, "dbscan": 4_000, "gaussian_mixture": 10_000}  # more are too slow: seconds each
SAME: Final = 1e-6  # squared distance below which a photo lies on its centre: rounding
REVIVALS: Final = 10  # rounds in which dead centres move; photos that are all alike would take one round a centre
ALONE: Final = 0.9  # similarity that one photo with tags asks for: there is nothing else to learn it from
HALVINGS: Final = 6  # of the range of bandwidths that mean shift tries
QUANTILES: Final = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)


def centres_for(n: int) -> int:
    """Return how many clusters a stock of `n` tagged photos gets: 4 √n, one for 8 photos from 1,000 on, at most 1,000.

    Source: methods C7 has √(n/2), 8 to 150. Finer clusters of which several vote did better on half of the kinds of
    Caltech-101 with 4 to 25 photos each; 1,000 is what an update of 50,000 photos bears in a few seconds.
    """
    return min(n, max(round(4 * math.sqrt(n)), n // 8), 1_000)


def found(algorithm: Algorithm, vectors: Floats, k: int, seed: int) -> Floats:
    """Return the centres that an algorithm finds, shape (K, d); K is `k` where it lets one say so.

    On one thread: several add up in any order, and the last digits of centres would differ each time.

    Args:
        algorithm: `mean_shift`, `dbscan` and `gaussian_mixture` look at a random sample where the stock is large.
        vectors: shape (n, d), n > 0.
        k: so many centres, 1 to n.
        seed: of the start, and of the sample.

    Source: patent 002 claim 3, ¶35 and ¶43.
    """
    if len(vectors) == 1:
        return vectors.copy()  # a mixture of one is no question
    most = SAMPLE.get(algorithm, len(vectors))
    if len(vectors) > most:
        vectors = vectors[np.sort(np.random.default_rng(seed).choice(len(vectors), most, replace=False))]
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer different photos than centres: `settled` drops some
        return np.asarray(_METHODS[algorithm](vectors, min(k, len(vectors)), seed), dtype=np.float32)


def _k_means(vectors: Floats, k: int, seed: int) -> NDArray[Any]:
    """Start from photos by k-means++, not from random vectors (reading C3); by mini-batches where there are many."""
    if len(vectors) > WHOLE:
        return _mini_batch(vectors, k, seed)
    return np.asarray(KMeans(k, n_init=1, random_state=seed).fit(vectors).cluster_centers_)


def _mini_batch(vectors: Floats, k: int, seed: int) -> NDArray[Any]:
    method = MiniBatchKMeans(k, n_init=1, batch_size=BATCH, random_state=seed)
    return np.asarray(method.fit(vectors).cluster_centers_)


def _mean_shift(vectors: Floats, k: int, _seed: int) -> NDArray[Any]:
    """Halve the range of bandwidths until about `k` clusters come out: a little wider, and all photos are one."""
    _, reach = _reaches(vectors)
    narrow, wide = 0.0, max(float(reach.max()), SAME)
    centres = vectors[:1]
    for _ in range(HALVINGS):
        bandwidth = max((narrow + wide) / 2, SAME)
        centres = MeanShift(bandwidth=bandwidth, max_iter=20).fit(vectors).cluster_centers_
        if abs(len(centres) - k) <= k / 10:
            break
        narrow, wide = (narrow, bandwidth) if len(centres) < k else (bandwidth, wide)
    return np.asarray(centres)


def _dbscan(vectors: Floats, k: int, seed: int) -> NDArray[Any]:
    """Take the reach that finds the most clusters; noise is in no mean, and falls to the nearest centre later."""
    apart, reach = _reaches(vectors)
    tried = [
        DBSCAN(eps=max(eps, SAME), min_samples=CORE, metric="precomputed").fit_predict(apart)
        for eps in np.quantile(reach, QUANTILES)
    ]
    labels = max(tried, key=lambda those: int(those.max()))
    if labels.max() < 0:
        return _k_means(vectors, k, seed)
    return means(vectors[labels >= 0], labels[labels >= 0])


def _reaches(vectors: Floats) -> tuple[Floats, Floats]:
    """Return how far photos are apart, shape (n, n), and in what reach each has CORE - 1 others, shape (n,)."""
    apart = np.sqrt(np.concatenate(list(squared_distances(vectors, vectors))))
    last = min(CORE, len(vectors)) - 1
    return apart, np.partition(apart, last, axis=1)[:, last]


def _gaussian_mixture(vectors: Floats, k: int, seed: int) -> NDArray[Any]:
    """Fit Gaussians with a variance of each number of a vector: expectation and maximisation (¶35)."""
    method = GaussianMixture(k, covariance_type="diag", reg_covar=1e-5, max_iter=50, random_state=seed)
    return np.asarray(method.fit(vectors).means_)


_METHODS: Final[Mapping[Algorithm, Callable[[Floats, int, int], NDArray[Any]]]] = {
    "kmeans": _k_means,
    "mini_batch": _mini_batch,
    "mean_shift": _mean_shift,
    "dbscan": _dbscan,
    "gaussian_mixture": _gaussian_mixture,
}


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
    of_centres = np.vecdot(centres, centres)  # no copy: those of strict mode have 60 MB
    for start in range(0, len(vectors), CHUNK):
        part = vectors[start : start + CHUNK]
        yield np.maximum(np.vecdot(part, part)[:, None] - 2 * (part @ centres.T) + of_centres, 0)


def similarities(squared: Any) -> Any:
    """Return 1 - squared / 2, the cosine where centres have unit length: 1 on the centre, 0 and less far away."""
    return 1 - squared / 2


def settled(vectors: Floats, centres: Floats) -> tuple[Floats, IntArray]:
    """Do a round of k-means; return centres that each have a photo, and the cluster of each photo, shape (n,).

    A dead centre moves to the photo that is farthest from its own; it goes where every photo lies on a centre.

    Args:
        vectors: shape (n, d).
        centres: where the round starts, shape (K, d).

    Source: patent 002 ¶47, and claim 8 with ¶60 where it starts from saved centres; re-seeding is reading C3.
    """
    labels, squared = nearest(vectors, centres)
    for _ in range(REVIVALS):
        dead = np.setdiff1d(np.arange(len(centres)), labels)
        far = np.argsort(-squared, kind="stable")[: len(dead)]
        far = far[squared[far] > SAME]
        if not len(far):
            break
        centres = centres.copy()
        centres[dead[: len(far)]] = vectors[far]
        labels, squared = nearest(vectors, centres)
    labels = np.unique(labels, return_inverse=True)[1].astype(np.int64)
    return means(vectors, labels), labels


def means(vectors: Floats, labels: IntArray) -> Floats:
    """Return the mean of each cluster, shape (K, d), for labels that run from 0 to K - 1 without a gap."""
    order = np.argsort(labels, kind="stable")
    counts = np.bincount(labels)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    return np.asarray(np.add.reduceat(vectors[order], starts, axis=0) / counts[:, None], dtype=np.float32)


def distances(vectors: Floats, centres: Floats) -> Floats:
    """Return the squared distances to the two nearest centres, the nearer first, shape (n, 2); infinity for none."""
    return np.concatenate([_two_least(squared) for squared in squared_distances(vectors, centres)])


def _two_least(squared: Floats) -> Floats:
    two = np.full((len(squared), 2), np.inf, dtype=np.float32)
    two[:, : squared.shape[1]] = np.sort(np.partition(squared, min(1, squared.shape[1] - 1), axis=1)[:, :2], axis=1)
    return two


def least_similarity(two: Floats, labels: IntArray, unlike: float) -> float:
    """Return the similarity to the nearest centre that all but a share `unlike` of photos would have, were they new.

    A photo draws its centre near: without it the centre of c photos lies c / (c - 1) times as far away.

    Args:
        two: squared distances of photos to the two nearest centres, shape (n, 2), n > 0.
        labels: cluster of each photo, shape (n,).
        unlike: share of photos, 0 to 1.
    """
    if len(labels) < 2:
        return ALONE
    count = np.bincount(labels)[labels].astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        without = np.where(count > 1, two[:, 0] * (count / (count - 1)) ** 2, np.inf)
    return float(np.quantile(similarities(np.minimum(without, two[:, 1])), unlike)) - SAME
