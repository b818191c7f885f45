"""How the clusters near a photo vote for its words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array  # type: ignore[import-untyped]

from plugins.tags import Floats, IntArray
from plugins.tags._counts import Counts, Numbers, wilson_lower

BOUNDS: Final[Mapping[str, tuple[int, int, tuple[type, ...]]]] = {
    "nearest": (1, 1_000, (int,)),
    "softness": (0, 100, (int, float)),
    "smoothing": (0, 1_000, (int, float)),
    "caution": (0, 10, (int, float)),
    "discount": (0, 1, (int, float)),
    "support": (1, 1_000_000, (int,)),
    "threshold": (0, 1, (int, float)),
}


CLEAR: Final = 0.1  # frequency from which a word needs no more posts than one: small stocks have no more


@dataclass(frozen=True, slots=True)
class Voting:
    """How the clusters near a photo make its words.

    Args:
        nearest: so many clusters vote.
        softness: how fast a vote loses weight with the squared distance beyond that of the nearest centre: to 1/e at so
            many times the mean squared distance of tagged photos from their centres.
        smoothing: the frequency over all posts counts as so many posts more.
        caution: deviations by which the lower bound lies below a frequency; 0: the frequency itself.
        discount: what share of its frequency over all posts a word loses; 0: popular words win.
        support: posts with the word that there must be in the clusters that vote, unless it is frequent there.
        threshold: frequency that a word must have.
    """

    nearest: int
    softness: float
    smoothing: float
    caution: float
    discount: float
    support: int
    threshold: float

    def __post_init__(self) -> None:
        for name, (least, most, kinds) in BOUNDS.items():
            value = getattr(self, name)
            if type(value) not in kinds or not least <= value <= most:
                raise ValueError(f"{name} is {value!r:.50}: it must be a number from {least} to {most}")


# Tuned on half of the kinds of Caltech-101; the discount on simulated libraries, where .4 lost a tenth of P@5 for P@1.
DEFAULT: Final = Voting(12, softness=0.2, smoothing=1, caution=0.3, discount=0.1, support=2, threshold=0.01)
STRICT: Final = Voting(1, softness=0, smoothing=0, caution=0, discount=0, support=1, threshold=0)


@dataclass(frozen=True, slots=True, eq=False)
class Votes:
    """What speaks for each of T tags on each of m photos: all shape (m, T), but `similar` (m, 1).

    `enough` says if the tag has the support and frequency that it must have. `support` of `similar` posts have the
    tag; a post of a cluster that is farther off than the nearest counts for less.
    """

    enough: NDArray[np.bool_]
    score: Numbers
    frequency: Numbers
    support: IntArray
    similar: IntArray


class Ballot:
    """The tables of a model's counts, made once for all photos."""

    def __init__(self, counts: Counts, voting: Voting, error: float) -> None:
        at, shape = (counts.cluster, counts.tag), (len(counts.posts), len(counts.tags))
        self.counts, self.voting = counts, voting
        self.share, self.refused, self.support = (
            csr_array((values, at), shape) for values in (counts.share, counts.refused, counts.support)
        )
        self.overall = counts.overall
        self.reach = max(voting.softness * error, 1e-9)

    def votes(self, squared: Floats) -> Votes:
        """Count the votes for photos at these squared distances from the centres, shape (m, K).

        Source: patent 002 claim 6, ¶54; readings C4 and C9.
        """
        weights, prior = self._weights(squared), self.voting.smoothing
        posts, aged = weights @ self.counts.posts.reshape(-1, 1), weights @ self.counts.aged.reshape(-1, 1)
        weight = csr_array(weights)  # few clusters vote
        rise = posts / np.maximum(aged, 1e-12)  # ages say which posts count for more, not how many there are
        asked = np.maximum(posts + rise * _times(weight, self.refused) + prior, 1e-12)
        frequency = np.minimum((rise * _times(weight, self.share) + prior * self.overall) / asked, 1.0)
        lift = wilson_lower(frequency, asked, self.voting.caution) - self.voting.discount * self.overall
        return Votes(
            self._enough(weight, frequency),
            (lift + self.voting.discount) / (1 + self.voting.discount),
            frequency,
            _whole(_times(weight, self.support)),
            _whole(posts),
        )

    def _enough(self, weight: csr_array, frequency: Numbers) -> NDArray[np.bool_]:
        """Say which words have the support and frequency that they must have, shape (m, T)."""
        support = _times(weight.sign(), self.support)
        common = (support >= self.voting.support) | ((support > 0) & (frequency >= CLEAR))
        return np.asarray(common & (frequency >= self.voting.threshold))

    def _weights(self, squared: Floats) -> Numbers:
        """Return what a post of each cluster counts for each photo, shape (m, K): 1 in the nearest, 0 in far ones."""
        last = min(self.voting.nearest, squared.shape[1]) - 1
        bound = np.partition(squared, last, axis=1)[:, last : last + 1]
        beyond = squared.astype(np.float64) - squared.min(axis=1, keepdims=True)
        return np.where(squared <= bound, np.exp(-beyond / self.reach), 0.0)

    def first(self, votes: Votes, most: int) -> list[list[int]]:
        """Return the tags of each photo that have votes enough, best first; of equal ones the rarer first."""
        score = np.where(votes.enough, votes.score, -1.0)
        width = score.shape[1]
        key = np.arange(width) * (5e-7 / width) - score.round(6)  # tags are numbered from the rarest on
        some = np.argpartition(key, min(most, width) - 1, axis=1)[:, :most]
        best = np.take_along_axis(some, np.argsort(np.take_along_axis(key, some, axis=1), axis=1), axis=1)
        return [[int(tag) for tag in tags if score[row, tag] >= 0] for row, tags in enumerate(best)]


def _times(weight: csr_array, table: csr_array) -> Numbers:
    """Return weights (m, K) times a table (K, T), shape (m, T)."""
    return np.asarray((weight @ table).toarray())


def _whole(posts: Numbers) -> IntArray:
    """Return a number of posts, one where there is a part of one; what is far too little is none."""
    return np.asarray(np.ceil(posts - 1e-3), dtype=np.int64)
