"""The methods of the tags benchmark by the names of their rows, and how one answers photos that it has not learned."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Final, Protocol, TypeAlias, TypeGuard

import numpy as np

import plugins
from benchmarks._processes import WouldNotFit, peak_mb
from benchmarks._tags_data import Tagged
from plugins.tags import IntArray, Recommendation, Recommender, Stock, TagMethod, Vectors

Words: TypeAlias = tuple[Recommendation, ...]

FOLDS: Final = 5
MOST_WORDS: Final = 5
TIMED: Final = 40
"""Photos of each fold that are asked one by one, for the time of one."""
AT_ONCE: Final = 256
"""Photos asked at a time: 100 MB of whole maps."""


class Clusters(Protocol):
    """What a model with clusters tells of them."""

    @property
    def centres(self) -> Any:
        """Return the centres, shape (K, d)."""
        ...

    def nearest(self, vectors: Any, /) -> IntArray:
        """Return the nearest centre of each photo."""
        ...


def plugin(name: str, **settings: Any) -> Callable[[int], TagMethod]:
    """Return how to make a method that does nothing by lot."""
    return lambda _: _made(name, **settings)


def drawn(**settings: Any) -> Callable[[int], TagMethod]:
    """Return how to make patent 002 with a seed."""
    return lambda seed: _made("cluster_frequency", seed=seed, **settings)


def _made(name: str, **settings: Any) -> TagMethod:
    method: TagMethod = plugins.load("tags", name)(**settings)
    return method


@dataclass(frozen=True, slots=True)
class FewerClusters:
    """Patent 002 with as many clusters as our reading C7 has: the root of half the tagged photos, 8 to 150."""

    seed: int
    name: ClassVar[str] = "cluster_frequency"
    version: ClassVar[str] = "c7"

    def fit(self, stock: Stock) -> Recommender:
        """Learn from a stock."""
        k = min(max(round((len(stock.tagged) / 2) ** 0.5), 8), 150)
        return drawn(k=k)(self.seed).fit(stock)


METHODS: Final[Mapping[str, Callable[[int], TagMethod]]] = {
    "default": drawn(),
    "strict": drawn(mode="strict"),
    "global": plugin("global_frequency"),
    "recent": plugin("recent_tags"),
    "voting": plugin("neighbour_voting"),
    "knn_50": plugin("knn_50"),
    "mean_shift": drawn(algorithm="mean_shift"),
    "dbscan": drawn(algorithm="dbscan"),
    "gaussian_mixture": drawn(algorithm="gaussian_mixture"),
    "mini_batch": drawn(algorithm="mini_batch"),
}
ABLATIONS: Final[Mapping[str, Callable[[int], TagMethod]]] = {
    "default_c7": FewerClusters,
    "default_k_150": drawn(k=150),
    "default_nearest_1": drawn(nearest=1),
    "default_no_lift": drawn(caution=0, discount=0),
    "default_no_discount": drawn(discount=0),
    "default_no_smoothing": drawn(smoothing=0),
    "default_no_support": drawn(support=1),
    "default_no_floor": drawn(unlike=0),
    "voting_5": plugin("neighbour_voting", k=5),
    "voting_10": plugin("neighbour_voting", k=10),
    "voting_50": plugin("neighbour_voting", k=50),
    "knn_10": plugin("knn_50", k=10),
    "knn_20": plugin("knn_50", k=20),
}
ALL: Final[Mapping[str, Callable[[int], TagMethod]]] = {**METHODS, **ABLATIONS}
MOST_PHOTOS: Final = {"mean_shift": 2_000, "dbscan": 20_000, "gaussian_mixture": 20_000}
"""More tagged photos would take these many minutes: they compare all with all, mean shift again and again."""
ON_MAPS: Final = ("strict",)
"""The rows that are of whole maps where there are any."""


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What a method said of n photos, each of a fold that it had not learned; seconds are those of one fit.

    `clusters` and `dead` are None of a method without any: how many there were in the mean over folds, and how many of
    all folds no photo of the stock is nearest to.
    """

    words: Sequence[Words]
    seconds: float
    ms_per_photo: float
    clusters: float | None
    dead: int | None
    peak_mb: float


def run(name: str, given: tuple[Tagged, int]) -> Answer:
    """Let a method answer photos in this process: each fold is answered by what was learned from the others.

    Args:
        name: of the row.
        given: the photos, and the seed of folds and method.

    Raises:
        WouldNotFit: there are too many tagged photos for it.
    """
    photos, seed = given
    n_tagged = sum(map(bool, photos.tags))
    if n_tagged > MOST_PHOTOS.get(name, n_tagged):
        raise WouldNotFit(f"{n_tagged} tagged photos would take it long: more than {MOST_PHOTOS[name]} are not tried")
    method, of_maps = ALL[name](seed), name in ON_MAPS
    fold = photos.folds(FOLDS, seed)
    words: list[Words] = [()] * len(fold)
    parts = [_fold(method, photos, of_maps, fold == one, words) for one in np.unique(fold).tolist()]
    seconds, ms = (float(np.mean([getattr(part, what) for part in parts])) for what in ("seconds", "ms_per_photo"))
    clusters, dead = [part.clusters for part in parts], [part.dead for part in parts]
    told = None not in clusters
    return Answer(
        words, seconds, ms, float(np.mean(clusters)) if told else None, sum(dead) if told else None, peak_mb()
    )


@dataclass(frozen=True, slots=True)
class Fold:
    """What one fold took."""

    seconds: float
    ms_per_photo: float
    clusters: int | None
    dead: int | None


def _fold(method: TagMethod, photos: Tagged, of_maps: bool, out: Any, words: list[Words]) -> Fold:
    """Learn from the photos that are not `out`, and put the words of those that are where they belong."""
    stock = photos.stock(np.flatnonzero(~out), of_maps)
    began = time.perf_counter()
    model = method.fit(stock)
    seconds = time.perf_counter() - began
    rows = np.flatnonzero(out)
    vectors = photos.stock(rows, of_maps).vectors
    for first in range(0, len(rows), AT_ONCE):
        part = np.arange(first, min(first + AT_ONCE, len(rows)))
        for row, said in zip(rows[part].tolist(), model.recommend(vectors[part], MOST_WORDS), strict=True):
            words[row] = tuple(said)
    return Fold(seconds, ms_one_by_one(model, vectors), *clusters_of(model, stock))


def ms_one_by_one(model: Recommender, vectors: Vectors) -> float:
    """Return the milliseconds of asking for one photo, with its vector at hand: the mean over the first few."""
    each = [vectors[np.array([row])] for row in range(min(TIMED, vectors.shape[0]))]
    model.recommend(each[0], MOST_WORDS)  # the first one prepares
    began = time.perf_counter()
    for one in each:
        model.recommend(one, MOST_WORDS)
    return 1_000 * (time.perf_counter() - began) / len(each)


def clusters_of(model: Recommender, stock: Stock) -> tuple[int | None, int | None]:
    """Return how many clusters a model has, and how many of them are dead: nearest to no tagged photo of the stock."""
    if not _has_clusters(model):
        return None, None
    rows = stock.tagged
    parts = [rows[first : first + AT_ONCE] for first in range(0, len(rows), AT_ONCE)]
    alive = np.unique(np.concatenate([model.nearest(stock.vectors[part]) for part in parts]))
    return len(model.centres), len(model.centres) - len(alive)


def _has_clusters(model: Any) -> TypeGuard[Clusters]:
    return hasattr(model, "centres")


def chosen(wanted: Sequence[str], with_ablations: bool) -> tuple[str, ...]:
    """Return the methods to run: those named, else all but ablations, which have to be asked for."""
    return tuple(wanted) or (*METHODS, *(ABLATIONS if with_ablations else ()))


def job(name: str) -> Callable[[tuple[Tagged, int]], Answer]:
    """Return what a process is to do for a row."""
    return partial(run, name)
