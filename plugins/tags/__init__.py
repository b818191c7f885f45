"""The contract of a tag method: what the user has tagged in, the user's own words for other photos out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
IntArray: TypeAlias = NDArray[np.int64]
Seconds: TypeAlias = NDArray[np.float64]


class Vectors(Protocol):
    """Picture vectors of unit length, shape (n, d), read when they are asked for: an array, or rows of the store."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Return (n, d)."""
        ...

    def __getitem__(self, rows: IntArray, /) -> Floats:
        """Return these rows, float32, shape (len(rows), d)."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Stock:
    """What a method learns from: n photos of which the user has said something.

    Args:
        vectors: shape (n, d), unit length.
        tags: the words that the user has put on each, or confirmed; empty where only refusals are known.
        post: which photos count as one (a burst, a stack, a pile), shape (n,); any numbers.
        taken_s: when each was taken, in seconds since 1970 UTC, shape (n,); NaN where nobody knows.
        refused: the words that the user does not want on each.
    """

    vectors: Vectors
    tags: Sequence[Collection[str]]
    post: IntArray
    taken_s: Seconds
    refused: Sequence[Collection[str]]

    @classmethod
    def of(
        cls,
        vectors: Vectors,
        tags: Sequence[Collection[str]],
        post: IntArray | None = None,
        taken_s: Seconds | None = None,
        refused: Sequence[Collection[str]] = (),
    ) -> Stock:
        """Return a stock in which what is not given is unknown: each photo is a post, and nothing was refused."""
        n = vectors.shape[0]
        return cls(
            vectors,
            tags,
            np.arange(n) if post is None else post,
            np.full(n, np.nan) if taken_s is None else taken_s,
            refused or [()] * n,
        )

    @property
    def tagged(self) -> IntArray:
        """Return the rows with at least one tag, ascending."""
        return np.flatnonzero([bool(words) for words in self.tags])


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A word for a photo, and what speaks for it: `support` of `similar` posts that look like it have this word.

    `score` is what words are ordered by, `frequency` how often the word is on similar posts, both 0 to 1; `cluster` is
    the number of the nearest cluster, -1 of a method without any.
    """

    tag: str
    score: float
    frequency: float
    support: int
    similar: int
    cluster: int = -1


class Recommender(Protocol):
    """What a method has learned."""

    def recommend(self, vectors: Floats, most: int = 3) -> list[tuple[Recommendation, ...]]:
        """Return the words for each photo, best first, at most `most`; none where nothing looks like it.

        Args:
            vectors: unit length, shape (m, d).
            most: so many words for a photo.
        """
        ...


class TagMethod(Protocol):
    """A way to recommend tags. `version` changes whenever the same stock may give other words."""

    name: ClassVar[str]
    version: ClassVar[str]

    def fit(self, stock: Stock) -> Recommender:
        """Learn from a stock, which may be empty: then nothing is ever recommended."""
        ...
