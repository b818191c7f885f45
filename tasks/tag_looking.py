"""Looking at photos with a tag method: a few at a time, of which only what is set, asked and shown is kept."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final

import numpy as np

from plugins.features import PictureExtractor
from plugins.store import Suggestion
from plugins.tags import Floats, Recommender
from plugins.tags.asked import Asked
from plugins.tags.cluster_frequency import ClusterModel
from plugins.tags.suggesting import Examples, Known, Rules, folded, parted, suggested
from plugins.tags.vocabulary import same_word
from tasks.context import Opened
from tasks.stock import TaggedStock

READ_BYTES: Final = 64 << 20
MOST_AT_A_TIME: Final = 4096
"""Bytes of vectors, and photos, that are looked at in one go."""
MOST_WAITING: Final = 20_000
"""Suggestions that wait at a time: nobody answers more before the next run."""
MORE: Final = 50
"""Words that are looked at beyond those that a photo may get, where it has many already."""


class Looking:
    """What a method says of the photos of a library.

    Args:
        here: the library.
        extractor: what made the vectors.
        recommender: what the method has learned.
        stock: of the library.
        known: what is known of the words of each content.
    """

    def __init__(
        self,
        here: Opened,
        extractor: PictureExtractor,
        recommender: Recommender,
        stock: TaggedStock,
        known: dict[str, Known],
    ) -> None:
        self._here, self._extractor, self._recommender = here, extractor, recommender
        self._stock, self._known = stock, known
        self._asked = Asked(MOST_WAITING)
        self._examples = _ExamplesFound(recommender, stock)
        self.sure: list[tuple[str, str]] = []
        """Content keys with what is sure enough to be set, as it is written."""

    def at(self, contents: Sequence[str]) -> None:
        """Look at photos with a vector, those without a word of the user's first.

        Where these alone have more words to ask than may wait, and nothing is set unasked, the others are not judged.
        """
        wanted, own, n_asked = self._here.config.tags, self._stock.own.said.own, 0
        rules = Rules(
            most=wanted.most,
            ask=wanted.ask,
            auto=wanted.apply == "auto",
            frequency=wanted.frequency,
            support=wanted.support,
        )
        sets = rules.auto or any(of_one.held for of_one in self._known.values())
        first = sorted(contents, key=lambda key: (key in own, _n_beside(self._known[key])))
        for keys, vectors in self._parts(first):
            if sets or keys[0] not in own or n_asked < MOST_WAITING:
                n_asked += self._judged(keys, vectors, rules)
            self._examples.add(keys, vectors)

    def _judged(self, keys: Sequence[str], vectors: Floats, rules: Rules) -> int:
        """Keep what is said of a few photos; return how many words are asked of those without one of the user's."""
        n_asked, own, barred = 0, self._stock.own.said.own, self._stock.own.unsuggested.never
        most = rules.most + max(_n_beside(self._known[key]) for key in keys)
        for key, words in zip(keys, self._recommender.recommend(vectors, most), strict=True):
            is_set, asked = parted(words, self._known[key], barred, rules)
            self.sure += ((key, self._written(made.tag)) for made in is_set)
            self._asked.add(key, asked, key in own)
            n_asked += 0 if key in own else len(asked)
        return n_asked

    def _written(self, tag: str) -> str:
        return self._stock.written.get(same_word(tag), tag)

    def questions(self) -> list[Suggestion]:
        """Return the suggestions, each with photos of this library that speak for it, whether looked at or not."""
        words = self._asked.words
        if not words:
            return []
        for keys, vectors in self._parts(self._examples.left):
            self._examples.add(keys, vectors)
        units = [folded(vectors) for _, vectors in self._parts([*words])]
        return suggested(
            [*words], np.concatenate(units), [*words.values()], self._examples.whole(), self._stock.written
        )

    def _parts(self, contents: Collection[str]) -> Iterator[tuple[list[str], Floats]]:
        made = self._extractor
        keys, stored = self._here.store.features.stored(contents, made.name, made.version, made.dim)
        size = min(MOST_AT_A_TIME, max(1, READ_BYTES // max(1, 4 * stored.shape[1])))
        for start in range(0, len(keys), size):
            rows = np.arange(start, min(start + size, len(keys)))
            yield keys[start : start + size], stored[rows]


class _ExamplesFound:
    """The tagged photos of this library, by which suggestions are shown: vectors and clusters as they are read."""

    def __init__(self, recommender: Recommender, stock: TaggedStock) -> None:
        self._recommender, self._stock = recommender, stock
        self._place = {key: n for n, key in enumerate(stock.keys[: stock.n_own])}
        self._units: Floats | None = None
        self._cluster = np.full(stock.n_own, -1)
        self._there = np.zeros(stock.n_own, np.bool_)

    @property
    def left(self) -> list[str]:
        """Return the content keys of those that were not added yet."""
        return [key for key, place in self._place.items() if not self._there[place]]

    def add(self, keys: Sequence[str], vectors: Floats) -> None:
        """Add those of some photos that are tagged."""
        rows = np.array([n for n, key in enumerate(keys) if key in self._place], np.int64)
        if not len(rows):
            return
        places = np.array([self._place[keys[row]] for row in rows.tolist()])
        some = folded(vectors[rows])
        if self._units is None:
            self._units = np.zeros((len(self._place), some.shape[1]), np.float32)
        self._units[places], self._there[places] = some, True
        if isinstance(self._recommender, ClusterModel):
            self._cluster[places] = self._recommender.nearest(vectors[rows])

    def whole(self) -> Examples:
        """Return them all."""
        own, units = slice(self._stock.n_own), self._units
        words = [list(map(same_word, of_one)) for of_one in self._stock.tags[own]]
        vectors = np.zeros((len(words), 0), np.float32) if units is None else units
        return Examples(self._stock.keys[own], vectors, self._cluster, np.array(self._stock.post[own], np.int64), words)


def _n_beside(known: Known) -> int:
    """Return how many words are to be looked at beside those that the photo may get."""
    return MORE if known.held else min(MORE, len(known.there) + len(known.refused))
