"""How often each tag is in each cluster: posts counted once, refusals against, newer photos for more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from plugins.tags import IntArray, Seconds, Stock

Numbers = NDArray[np.float64]
DAY_S: Final = 86_400.0
OLDEST: Final = 40.0  # half-lives; what is older weighs no less, so that clusters of old photos alone still have shares


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Posts of K clusters and the tags on them: e entries, one a cluster and tag, by cluster and then by tag.

    Args:
        tags: T words, the rarest first, then sorted.
        posts: tagged posts of each cluster, shape (K,).
        aged: the same, each post with the weight of its newest photo, shape (K,).
        cluster: of each entry, shape (e,).
        tag: number of each entry's word, shape (e,).
        support: posts of the cluster with the tag, shape (e,).
        share: the same, weighed, shape (e,).
        refused: posts of the cluster for which the user refused the tag, weighed, shape (e,).
    """

    tags: tuple[str, ...]
    posts: IntArray
    aged: Numbers
    cluster: IntArray
    tag: IntArray
    support: IntArray
    share: Numbers
    refused: Numbers

    @property
    def overall(self) -> Numbers:
        """Return how often each tag is on all posts, shape (T,)."""
        with_tag = np.bincount(self.tag, self.share, len(self.tags))
        return np.asarray(with_tag / max(float(self.aged.sum()), 1e-12))


def ages(taken_s: Seconds, half_life_days: float) -> Numbers:
    """Return what each photo counts: the newest 1, half for each half-life before it; 1 where that is 0, shape (n,).

    A photo whose time nobody knows counts as the mean of the others.
    """
    known = np.isfinite(taken_s)
    if not half_life_days or not known.any():
        return np.ones(len(taken_s))
    old = (taken_s[known].max() - taken_s) / (half_life_days * DAY_S)
    weight = 0.5 ** np.clip(old, 0, OLDEST)
    return np.asarray(np.where(known, weight, weight[known].mean()))


def counted(stock: Stock, rows: IntArray, labels: IntArray, n_clusters: int, half_life_days: float = 0.0) -> Counts:
    """Count the tags of each cluster; a post counts once a cluster and tag, whichever of its photos has the tag.

    Args:
        stock: the photos.
        rows: those of them that count, shape (r,).
        labels: the cluster of each of these, shape (r,).
        n_clusters: K.
        half_life_days: a post counts half when it is so much older than the newest; 0: age is nothing.

    Source: patent 002 claim 4, ¶53 and ¶66; frequency as in reading C4, posts as in C5.
    """
    _, post = np.unique(stock.post[rows], return_inverse=True)
    photos = _Photos(post.astype(np.int64), ages(stock.taken_s, half_life_days)[rows])
    tags, refused = [stock.tags[row] for row in rows], [stock.refused[row] for row in rows]
    words = _rarest_first(tags)
    number = {word: i for i, word in enumerate(words)}
    tagged = np.flatnonzero([bool(those) for those in tags])
    cells, posts, aged = photos.once(tagged, labels[tagged])
    yes, support, share = photos.once(*_entries(tags, number, labels))
    no, _, against = photos.once(*_entries(refused, number, labels))
    entries, clusters = np.union1d(yes, no), np.arange(n_clusters)
    return Counts(
        words,
        _spread(cells, posts, clusters),
        _spread(cells, aged, clusters),
        entries // max(len(words), 1),
        entries % max(len(words), 1),
        _spread(yes, support, entries),
        _spread(yes, share, entries),
        _spread(no, against, entries),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Photos:
    """Post and weight of each photo, both shape (n,)."""

    post: IntArray
    weight: Numbers

    def once(self, rows: IntArray, cells: IntArray) -> tuple[IntArray, IntArray, Numbers]:
        """Count each post once in each cell: the cells, their posts, and these by weight, all of one length.

        Args:
            rows: photos, shape (r,).
            cells: the cell in which each of them counts, shape (r,).
        """
        n_posts = int(self.post.max(initial=0)) + 1
        keys, at = np.unique(cells * n_posts + self.post[rows], return_inverse=True)
        heaviest = np.zeros(len(keys))
        np.maximum.at(heaviest, at, self.weight[rows])
        found, of_cell = np.unique(keys // n_posts, return_inverse=True)
        return (
            found,
            np.bincount(of_cell, minlength=len(found)),
            np.bincount(of_cell, heaviest, len(found)).astype(np.float64),
        )


def _rarest_first(tags: Sequence[Collection[str]]) -> tuple[str, ...]:
    times = Counter(chain.from_iterable(map(set, tags)))
    return tuple(sorted(times, key=lambda word: (times[word], word)))


def _entries(tags: Sequence[Collection[str]], number: Mapping[str, int], labels: IntArray) -> tuple[IntArray, IntArray]:
    """Return the photo of each word that has a number, and the entry where it counts: cluster × T + number."""
    words = np.fromiter((number.get(word, -1) for word in chain.from_iterable(tags)), np.int64)
    rows = np.repeat(np.arange(len(tags)), [len(those) for those in tags])[words >= 0]
    return rows, labels[rows] * len(number) + words[words >= 0]


def _spread(cells: IntArray, values: Any, wanted: IntArray) -> Any:
    """Return the value of each wanted cell, 0 where there is none; both lists of cells are ascending."""
    found = np.zeros(len(wanted), dtype=values.dtype)
    found[np.searchsorted(wanted, cells)] = values
    return found


def wilson_lower(frequency: Numbers, posts: Numbers, z: float) -> Numbers:
    """Return the lower bound of a frequency that was seen in so many posts, same shape; itself where z is 0.

    Source: Wilson, Probable inference, the law of succession, and statistical inference (1927); reading C9.
    """
    n = np.maximum(posts, 1e-12)
    middle = frequency + z * z / (2 * n)
    spread = z * np.sqrt(frequency * (1 - frequency) / n + z * z / (4 * n * n))
    return np.asarray((middle - spread) / (1 + z * z / n))
