"""What patent 002 keeps: centres, the frequency of each tag in each cluster, and how clusters vote for a photo."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array  # type: ignore[import-untyped]

from plugins.tags import Floats, IntArray, Recommendation, Recommender
from plugins.tags._clustering import nearest, similarities, squared_distances
from plugins.tags._counts import Counts, Numbers, wilson_lower
from plugins.tags._model_file import Arrays, ModelRefused, read, require, written

KIND: Final = "cluster_frequency"
SCHEMA: Final = 1
ARRAYS: Final = {
    "centres": np.dtype(np.float32),
    "posts": np.dtype(np.int64),
    "aged": np.dtype(np.float64),
    "cluster": np.dtype(np.int64),
    "tag": np.dtype(np.int64),
    "support": np.dtype(np.int64),
    "share": np.dtype(np.float64),
    "refused": np.dtype(np.float64),
}
NUMBERS: Final = ("n_fitted", "error_fitted", "n_tagged", "error")
ROUNDING: Final = 1e-6
CELLS: Final = 2_000_000  # photos × tags that are weighed at a time: 16 MB a table
SIMILAR: Final = 0.5  # weight against the nearest cluster from which a cluster's photos are called similar


BOUNDS: Final = (
    ("nearest", 1, 1_000),
    ("softness", 0, 100),
    ("smoothing", 0, 1_000),
    ("caution", 0, 10),
    ("discount", 0, 1),
    ("support", 1, 1_000_000),
    ("threshold", 0, 1),
)


@dataclass(frozen=True, slots=True)
class Voting:
    """How the clusters near a photo make its words.

    Args:
        nearest: so many clusters vote at most.
        softness: how fast a vote loses weight with the squared distance beyond the nearest centre, in mean squared
            distances of tagged photos from their centres: e⁻¹ at so much.
        smoothing: the frequency over all posts counts as so many posts more.
        caution: how many standard deviations the lower bound of a frequency lies below it; 0: the frequency itself.
        discount: how much a word loses that is on every post; 0: popularity is nothing.
        support: similar posts that must have the word.
        threshold: frequency that a word must have.
    """

    nearest: int = 8
    softness: float = 0.25
    smoothing: float = 1.0
    caution: float = 1.0
    discount: float = 0.5
    support: int = 1
    threshold: float = 0.0

    def __post_init__(self) -> None:
        for name, least, most in BOUNDS:
            value = getattr(self, name)
            if type(value) not in {int, float} or not least <= value <= most:
                raise ValueError(f"{name} is {value!r:.50}: it must be {least} to {most}")


@dataclass(frozen=True, slots=True, eq=False)
class _Weighed:
    """What speaks for each of T tags on each of m photos: all shape (m, T), but `similar` (m, 1)."""

    score: Numbers
    frequency: Numbers
    support: Numbers
    similar: Numbers


@dataclass(frozen=True, slots=True, eq=False)
class ClusterModel(Recommender):
    """Clusters of tagged photos and what is on them.

    Args:
        centres: shape (K, d).
        counts: posts and tags of each cluster.
        voting: how they are used.
        floor: the least similarity to the nearest centre at which anything is recommended.
        n_fitted: tagged photos at the last full fit.
        error_fitted: mean squared distance of tagged photos from their centres then.
        n_tagged: tagged photos now.
        error: the mean squared distance now.
    """

    centres: Floats
    counts: Counts
    voting: Voting
    floor: float
    n_fitted: int
    error_fitted: float
    n_tagged: int
    error: float

    @property
    def tags(self) -> tuple[str, ...]:
        """Return all words that can be recommended, the rarest first."""
        return self.counts.tags

    @property
    def posts(self) -> IntArray:
        """Return how many tagged posts each cluster has, shape (K,)."""
        return self.counts.posts

    def nearest(self, vectors: Floats) -> IntArray:
        """Return the nearest cluster of each photo, shape (m,); -1 where there is none."""
        if not len(self.centres):
            return np.full(len(vectors), -1)
        return nearest(self._fitting(vectors), self.centres)[0]

    def direction(self, cluster: int) -> Floats:
        """Return the centre of a cluster minus the mean of all centres, shape (d,): what is its own."""
        return np.asarray(self.centres[cluster] - self.centres.mean(axis=0))

    def recommend(self, vectors: Floats, most: int = 3) -> list[tuple[Recommendation, ...]]:
        """Return the words for each photo, as `Recommender.recommend` says.

        A photo without content (a vector of zeros, or not finite) gets none.

        Raises:
            ValueError: the vectors have another length than those that were learned from.

        Source: patent 002 claims 5 and 6, ¶54–58 and ¶72; ties go to the word that is rarer over all.
        """
        if not self.tags or not len(self.centres):
            return [()] * len(vectors)
        return [words for part in self._parts(self._fitting(vectors)) for words in self._best(*part, most)]

    def packed(self) -> bytes:
        """Return the model as the bytes of a file, the same for the same model."""
        facts = {
            "kind": KIND,
            "schema": SCHEMA,
            "voting": asdict(self.voting),
            "floor": self.floor if np.isfinite(self.floor) else None,
            **{name: getattr(self, name) for name in NUMBERS},
        }
        counts = {name: getattr(self.counts, name) for name in ARRAYS if name != "centres"}
        return written({"centres": self.centres, **counts}, self.tags, facts)

    def _fitting(self, vectors: Floats) -> Floats:
        if vectors.ndim != 2 or vectors.shape[1] != self.centres.shape[1]:
            raise ValueError(
                f"the vectors have shape {vectors.shape}, the centres have {self.centres.shape[1]} numbers: "
                "take the extractor that the model was fitted with, or fit anew"
            )
        return vectors

    def _parts(self, vectors: Floats) -> Iterator[tuple[IntArray, NDArray[np.bool_], _Weighed]]:
        """Yield the nearest clusters, who may get words, and what is weighed, of some photos at a time."""
        rows = max(1, CELLS // max(len(self.tags), len(self.centres)))
        tables = self._tables()
        for start in range(0, len(vectors), rows):
            part = vectors[start : start + rows]
            usable = np.isfinite(part).all(axis=1) & part.any(axis=1)
            squared = np.concatenate(list(squared_distances(np.where(usable[:, None], part, 0), self.centres)))
            near: NDArray[np.bool_] = np.asarray(usable & (similarities(squared.min(axis=1)) >= self.floor))
            yield squared.argmin(axis=1), near, self._weighed(self._votes(squared), tables)

    def _tables(self) -> list[csr_array]:
        at, shape = (self.counts.cluster, self.counts.tag), (len(self.centres), len(self.tags))
        return [csr_array((v, at), shape) for v in (self.counts.share, self.counts.refused, self.counts.support)]

    def _votes(self, squared: Floats) -> Numbers:
        """Return what each cluster's posts count for each photo, shape (m, K): 1 in the nearest, 0 in far ones."""
        among = min(self.voting.nearest, squared.shape[1])
        bound = np.partition(squared, among - 1, axis=1)[:, among - 1 : among]
        beyond = squared.astype(np.float64) - squared.min(axis=1, keepdims=True)
        votes = np.exp(-beyond / max(self.voting.softness * self.error, 1e-9))
        return np.where(squared <= bound, votes, 0.0)

    def _weighed(self, votes: Numbers, tables: list[csr_array]) -> _Weighed:
        share, refused, support = tables
        overall = self.counts.overall
        posts = votes @ self.counts.aged.reshape(-1, 1)
        prior = self.voting.smoothing
        asked = posts + _times(votes, refused) + prior
        frequency = (_times(votes, share) + prior * overall) / np.maximum(asked, 1e-12)
        close = (votes >= SIMILAR).astype(np.float64)
        sure = wilson_lower(frequency, asked, self.voting.caution)
        return _Weighed(
            sure * (1 - self.voting.discount * overall),
            frequency,
            _times(close, support),
            close @ self.counts.posts.reshape(-1, 1),
        )

    def _best(
        self, clusters: IntArray, near: NDArray[np.bool_], weighed: _Weighed, most: int
    ) -> Iterator[tuple[Recommendation, ...]]:
        enough = (weighed.support >= self.voting.support) & (weighed.frequency >= self.voting.threshold)
        score = np.where(enough & near[:, None], weighed.score, -1.0)
        for row, order in enumerate(_first(score, most)):
            yield tuple(self._word(weighed, row, tag, int(clusters[row])) for tag in order if score[row, tag] >= 0)

    def _word(self, weighed: _Weighed, row: int, tag: int, cluster: int) -> Recommendation:
        return Recommendation(
            self.tags[tag],
            float(weighed.score[row, tag]),
            float(weighed.frequency[row, tag]),
            int(weighed.support[row, tag]),
            int(weighed.similar[row, 0]),
            cluster,
        )


def _times(votes: Numbers, table: csr_array) -> Numbers:
    """Return votes (m, K) times a table (K, T), shape (m, T)."""
    return np.asarray((table.T @ votes.T).T)


def _first(score: Numbers, most: int) -> IntArray:
    """Return the columns of the highest scores of each row, best first; of equal ones the first column, the rarest."""
    width = score.shape[1]
    key = np.arange(width) * (5e-7 / width) - score.round(6)
    most = min(most, width)
    some = np.argpartition(key, most - 1, axis=1)[:, :most]
    return np.take_along_axis(some, np.argsort(np.take_along_axis(key, some, axis=1), axis=1), axis=1)


def unpacked(data: bytes) -> ClusterModel:
    """Return the model that these bytes were packed of; they are not trusted.

    Raises:
        ModelRefused: the bytes are damaged, not ours, or say what cannot be; the text says what.
    """
    arrays, words, facts = read(data)
    require((facts.get("kind"), facts.get("schema")) == (KIND, SCHEMA), "it is of another kind or version")
    require({name: array.dtype for name, array in arrays.items()} == ARRAYS, "it has other arrays")
    _check_centres(arrays)
    _check_entries(arrays, len(words))
    counts = Counts(words, *(arrays[name] for name in ARRAYS if name != "centres"))
    return ClusterModel(arrays["centres"], counts, _voting(facts.get("voting")), **_numbers(facts))


def _check_centres(arrays: Arrays) -> None:
    centres, posts, aged = arrays["centres"], arrays["posts"], arrays["aged"]
    require(centres.ndim == 2 and centres.shape[1] > 0, "its centres are no vectors")
    require(posts.shape == aged.shape == centres.shape[:1], "it has other clusters than centres")
    require(
        bool((posts > 0).all() and (aged > 0).all() and (aged <= posts + ROUNDING).all()), "its posts are no counts"
    )


def _check_entries(arrays: Arrays, n_tags: int) -> None:
    cluster, tag = arrays["cluster"], arrays["tag"]
    support, share, refused = arrays["support"], arrays["share"], arrays["refused"]
    require(
        cluster.ndim == 1 and all(a.shape == cluster.shape for a in (tag, support, share, refused)), "a count lacks"
    )
    for index, end in ((cluster, len(arrays["posts"])), (tag, n_tags)):
        require(bool((index >= 0).all() and (index < end).all()), "a count is of a cluster or tag that is not there")
    require(bool((np.diff(cluster * n_tags + tag) > 0).all()), "its counts are in no order")
    most = arrays["posts"][cluster]
    require(bool((support >= 0).all() and (support <= most).all()), "a tag is on more posts than there are")
    require(bool((share >= 0).all() and (share <= arrays["aged"][cluster] + ROUNDING).all()), "a share is none")
    require(bool((refused >= 0).all()), "a refusal counts less than nothing")


def _voting(said: object) -> Voting:
    require(isinstance(said, dict) and said.keys() == asdict(Voting()).keys(), "how its clusters vote is not said")
    try:
        return Voting(**cast(dict[str, Any], said))
    except (TypeError, ValueError) as error:
        raise ModelRefused(f"this is no model of tags that can be used: {error!s:.200}: train anew") from error


def _numbers(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the numbers of a model by name; a floor of nothing is none."""
    floor = facts.get("floor")
    numbers = {name: _number(facts.get(name), name) for name in NUMBERS}
    whole = {name: int(numbers[name]) for name in ("n_fitted", "n_tagged")}
    require(min(numbers.values()) >= 0, "a number that counts is less than nothing")
    return {**numbers, **whole, "floor": -np.inf if floor is None else _number(floor, "floor")}


def _number(said: object, name: str) -> float:
    require(isinstance(said, int | float) and bool(np.isfinite(float(said))), f"its {name} is no number")
    return float(cast(float, said))
