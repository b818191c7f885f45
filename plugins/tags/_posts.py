"""What baselines count: the posts of a stock with their words."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from scipy import sparse  # type: ignore[import-untyped]

from plugins.tags import Floats, IntArray, Recommendation, Seconds, Stock


@dataclass(frozen=True, slots=True, eq=False)
class Posts:
    """The p posts of a stock that have words; a post has each word that any of its photos has, once.

    `rows` are the stock's photos with words, post by post, and `start` (p,) where each post begins there; `words` are
    sorted, and `has` (p, w), sparse, says with 1 which post has which. `last_s` (p,) is when the last photo of a post
    was taken, -inf where nobody knows. What the user refused is not looked at.
    """

    rows: IntArray
    start: IntArray
    words: tuple[str, ...]
    has: Any
    last_s: Seconds

    @classmethod
    def of(cls, stock: Stock) -> Posts:
        """Return the posts of a stock, in the order of their numbers."""
        tagged = stock.tagged
        rows = tagged[np.argsort(stock.post[tagged], kind="stable")]
        _, start, post = np.unique(stock.post[rows], return_index=True, return_inverse=True)
        said = [sorted(set(stock.tags[row])) for row in rows.tolist()]
        words = tuple(sorted(set(chain.from_iterable(said))))
        number = {word: i for i, word in enumerate(words)}
        column = np.array([number[word] for word in chain.from_iterable(said)], dtype=np.int64)
        line = np.repeat(post, [len(some) for some in said])
        has = sparse.csr_matrix((np.ones(len(line)), (line, column)), shape=(len(start), len(words)))
        has.data[:] = 1  # a word that several photos of a post have was added up
        taken = np.where(np.isnan(stock.taken_s[rows]), -np.inf, stock.taken_s[rows])
        return cls(rows, start, words, has, np.maximum.reduceat(taken, start) if len(start) else taken)

    @property
    def count(self) -> IntArray:
        """Return on how many posts each word is, shape (w,)."""
        return np.asarray(self.has.sum(axis=0), dtype=np.int64).ravel()


@dataclass(frozen=True, slots=True)
class Same:
    """A recommender with the same words for every photo."""

    words: tuple[Recommendation, ...]

    def recommend(self, vectors: Floats, most: int = 3) -> list[tuple[Recommendation, ...]]:
        """Return the first `most` words for each photo, whatever it shows."""
        return [self.words[:most]] * len(vectors)
