"""What patent 002 keeps: centres, the frequency of each tag in each cluster, and how clusters vote for a photo."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final, cast

import numpy as np

from plugins.tags import Floats, IntArray, Recommendation, Recommender
from plugins.tags._clustering import nearest, similarities, squared_distances
from plugins.tags._counts import Counts
from plugins.tags._looks import Look, seen
from plugins.tags._model_file import COUNTS, ModelRefused, check_centres, check_counts, number, read, require, written
from plugins.tags._voting import Ballot, Votes, Voting

KIND: Final = "cluster_frequency"
SCHEMA: Final = 1
NUMBERS: Final = ("n_fitted", "error_fitted", "n_tagged", "error")
CELLS: Final = 1_000_000  # photos × tags that are weighed at a time: 8 MB a table


@dataclass(frozen=True, slots=True, eq=False)
class ClusterModel(Recommender):
    """Clusters of tagged photos and what is on them.

    Args:
        look: what of vectors is compared.
        centres: of what is compared, shape (K, d).
        means: mean vector of each cluster's photos as they came, shape (K, d).
        counts: posts and tags of each cluster.
        voting: how they are used.
        floor: the least similarity to the nearest centre at which anything is recommended.
        n_fitted: tagged photos at the last full fit.
        error_fitted: mean squared distance of tagged photos from their centres then.
        n_tagged: tagged photos now.
        error: the mean squared distance now.
    """

    look: Look
    centres: Floats
    means: Floats
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
        """Return the nearest cluster of each photo, shape (m,); -1 where there is none.

        Source: patent 002 claim 5, ¶55–58.
        """
        if not len(self.centres):
            return np.full(len(vectors), -1)
        return nearest(self.look(self._fitting(vectors)), self.centres)[0]

    def direction(self, cluster: int) -> Floats:
        """Return the mean vector of a cluster less the mean of those of all clusters, shape (d,): what is its own."""
        return np.asarray(self.means[cluster] - self.means.mean(axis=0))

    def recommend(self, vectors: Floats, most: int = 3) -> list[tuple[Recommendation, ...]]:
        """Return the words for each photo, as `Recommender.recommend` says; none for vectors of zeros.

        Raises:
            ValueError: the vectors have another length than those that were learned from.

        Source: patent 002 claims 5 and 6, ¶54–58 and ¶72; ties go to the word that is rarer over all.
        """
        if not self.tags or not len(self.centres) or most < 1:
            return [()] * len(vectors)
        return list(self._words(self._fitting(vectors), most))

    def _words(self, vectors: Floats, most: int) -> Iterator[tuple[Recommendation, ...]]:
        rows = max(1, CELLS // max(len(self.tags), len(self.centres)))
        ballot = Ballot(self.counts, self.voting, self.error)
        for start in range(0, len(vectors), rows):
            part = vectors[start : start + rows]
            usable = seen(part)
            squared = np.concatenate(
                list(squared_distances(self.look(np.where(usable[:, None], part, 0)), self.centres))
            )
            alike = usable & np.asarray(similarities(squared.min(axis=1)) >= self.floor)
            votes, clusters = ballot.votes(squared), squared.argmin(axis=1)
            for row, tags in enumerate(ballot.first(votes, most)):
                yield tuple(self._word(votes, row, tag, clusters) for tag in tags) if alike[row] else ()

    def _word(self, votes: Votes, row: int, tag: int, clusters: IntArray) -> Recommendation:
        score, frequency = float(votes.score[row, tag]), float(votes.frequency[row, tag])
        support, similar = int(votes.support[row, tag]), int(votes.similar[row, 0])
        return Recommendation(self.tags[tag], score, frequency, support, similar, int(clusters[row]))

    def _fitting(self, vectors: Floats) -> Floats:
        if vectors.ndim != 2 or vectors.shape[1] != self.centres.shape[1]:
            raise ValueError(
                f"the vectors have shape {vectors.shape}, the centres have {self.centres.shape[1]} numbers: "
                "take the extractor that the model was fitted with, or fit anew"
            )
        return vectors

    def packed(self) -> bytes:
        """Return the model as the bytes of a file, the same for the same model.

        Source: patent 002 claim 4, ¶52–53 and ¶66: centres and frequencies are saved.
        """
        facts = {
            "kind": KIND,
            "schema": SCHEMA,
            "voting": asdict(self.voting),
            "floor": self.floor if np.isfinite(self.floor) else None,
            **{name: getattr(self, name) for name in NUMBERS},
        }
        means = self.means if len(self.look.mean) else self.means[:0]  # else they are the centres
        arrays = {"centres": self.centres, "means": means, "look": self.look.mean}
        return written(arrays | {name: getattr(self.counts, name) for name in COUNTS}, self.tags, facts)


def unpacked(data: bytes, dim: int | None = None) -> ClusterModel:
    """Return the model that these bytes were packed of; they are not trusted.

    Args:
        data: what `ClusterModel.packed` gave.
        dim: numbers of the vectors that the model must be for; None: any.

    Raises:
        ModelRefused: the bytes are damaged, not ours, for other vectors, or say what cannot be; the text says which.
    """
    arrays, words, facts = read(data)
    require((facts.get("kind"), facts.get("schema")) == (KIND, SCHEMA), "it is of another kind or version")
    check_centres(arrays, dim)
    check_counts(arrays, len(words))
    counts = Counts(words, *(arrays[name] for name in COUNTS))
    look = Look(arrays["look"])
    means = arrays["means"] if len(look.mean) else arrays["centres"]
    floor = -np.inf if facts.get("floor") is None else number(facts["floor"], "floor")
    numbers = {name: number(facts.get(name), name, least=0) for name in NUMBERS}
    whole = {name: int(numbers[name]) for name in ("n_fitted", "n_tagged")}
    return ClusterModel(
        look, arrays["centres"], means, counts, _voting(facts.get("voting")), floor, **cast(Any, numbers | whole)
    )


def _voting(said: object) -> Voting:
    try:
        return Voting(**cast(dict[str, Any], said))
    except (TypeError, ValueError) as error:
        raise ModelRefused(f"this is no model of tags that can be used: {error!s:.200}: train anew") from error
