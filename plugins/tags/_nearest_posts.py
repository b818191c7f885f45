"""What baselines ask: the posts of a stock that are most like a photo, and their words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]

from plugins.tags import Floats, IntArray, Recommendation, Stock
from plugins.tags._posts import Posts

AT_ONCE: Final = 256
"""Photos compared with the whole stock at a time: 50 MB of similarities where it has 50,000 photos."""
SHORTEST: Final = 1e-6
"""Length of a vector that is taken for zero, and the least weight of a neighbour."""


@dataclass(frozen=True, slots=True, eq=False)
class Votes:
    """What the k nearest posts of m photos say, for words that at least one of them has, v in all, photo by photo.

    `photo` and `word` (v,) say which; `count` (v,) is how many of the posts have it, and `share` (v,) what part of the
    similarity of all k is theirs, 0 to 1.
    """

    photo: IntArray
    word: IntArray
    count: IntArray
    share: Floats
    k: int


Rule: TypeAlias = Callable[[Posts, Votes], Floats]
"""Gives each vote a score from 0 to 1, shape (v,); what is not above 0 is not recommended."""


@dataclass(frozen=True, slots=True, eq=False)
class NearestPosts:
    """A recommender that asks the k posts that are most like a photo; each has one vote.

    A post is as like a photo as the most similar of its own photos, by cosine, of which less than 0 counts as nothing.
    `vectors` are those of `posts.rows`.
    """

    posts: Posts
    vectors: Floats
    k: int
    rule: Rule

    @classmethod
    def of(cls, stock: Stock, k: int, rule: Rule) -> NearestPosts:
        """Return the posts of a stock; k is all of them where there are fewer."""
        posts = Posts.of(stock)
        vectors = stock.vectors[posts.rows]
        return cls(posts, np.where(_usable(vectors)[:, None], vectors, 0), min(k, len(posts.start)), rule)

    def recommend(self, vectors: Floats, most: int = 3) -> list[tuple[Recommendation, ...]]:
        """Return the words of highest score for each photo, of equal ones those of more votes, then by the alphabet."""
        found: list[tuple[Recommendation, ...]] = [()] * len(vectors)
        fine = np.flatnonzero(_usable(vectors) & (self.k > 0))
        for first in range(0, len(fine), AT_ONCE):
            rows = fine[first : first + AT_ONCE]
            for row, words in zip(rows.tolist(), self._words(self._votes(vectors[rows]), len(rows), most), strict=True):
                found[row] = words
        return found

    def _votes(self, photos: Floats) -> Votes:
        cosine = np.maximum.reduceat(photos @ self.vectors.T, self.posts.start, axis=1)
        post = np.argpartition(-cosine, self.k - 1, axis=1)[:, : self.k]
        weight = np.maximum(np.take_along_axis(cosine, post, axis=1), SHORTEST)
        count, similarity = (self._sums(post, x) for x in (np.ones_like(weight), weight))
        photo = np.repeat(np.arange(len(photos)), np.diff(count.indptr))
        share = similarity.data / weight.sum(axis=1)[photo]
        return Votes(photo, count.indices, np.rint(count.data).astype(np.int64), share, self.k)

    def _sums(self, post: IntArray, weight: Floats) -> Any:
        """Return the weights of posts, shapes (m, k), by photo and word, sparse (m, w)."""
        ends = np.arange(0, post.size + 1, self.k)
        sums = sparse.csr_matrix((weight.ravel(), post.ravel(), ends), (len(post), len(self.posts.start)))
        by_word = sums @ self.posts.has
        by_word.sort_indices()
        return by_word

    def _words(self, votes: Votes, n: int, most: int) -> Iterator[tuple[Recommendation, ...]]:
        score = self.rule(self.posts, votes)
        order = np.lexsort((votes.word, -votes.count, -score, votes.photo))
        order = order[score[order] > 0]
        first = np.searchsorted(votes.photo[order], np.arange(n + 1))
        for start, end in zip(first[:-1].tolist(), first[1:].tolist(), strict=True):
            yield tuple(self._said(votes, score, vote) for vote in order[start : min(end, start + most)].tolist())

    def _said(self, votes: Votes, score: Floats, vote: int) -> Recommendation:
        count = int(votes.count[vote])
        word = self.posts.words[votes.word[vote]]
        return Recommendation(word, float(score[vote]), count / self.k, count, self.k)


def _usable(vectors: Floats) -> NDArray[np.bool_]:
    """Say of each vector, shape (n, d), whether it is finite and not zero."""
    with np.errstate(over="ignore", invalid="ignore"):
        length = np.linalg.norm(np.asarray(vectors, dtype=np.float32), axis=1)
    return np.asarray(np.isfinite(length) & (length > SHORTEST))
