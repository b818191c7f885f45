"""From recommended words to what is set and what is asked: rules, reasons, and the photos that speak for a word."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final, TypeAlias

import numpy as np

from plugins.store.suggestions import Evidence, Suggestion
from plugins.tags import Floats, IntArray, Recommendation
from plugins.tags.vocabulary import same_word

Shown: TypeAlias = tuple[tuple[str, ...], float]
"""Content keys of examples, the nearest first, and the cosine of the nearest one."""
SLACK: Final = 0.2
"""A tag that we have set stays until its frequency is so much below what setting it takes."""
SHOWN: Final = 6
"""Photos that are shown for a suggestion."""
MOST_EXAMPLES: Final = 128
"""Photos among which these are looked for, of one word in one cluster; a sample where there are more."""
FOLDED: Final = 512
"""Numbers to which longer vectors are folded to find examples: they would not fit into memory."""


def tag_key(content_key: str, tag: str) -> str:
    """Return the key of a suggestion: the same for the same word on the same content, however it is written."""
    said = f"{content_key}\0{same_word(tag)}".encode("utf-8", "surrogatepass")
    return f"tag-{hashlib.sha256(said).hexdigest()[:12]}"


def reason(made: Recommendation, tag: str) -> str:
    """Say what speaks for a word, such as "12 of 14 similar photos have «beach»"."""
    have = "photo has" if made.similar == 1 else "photos have"
    return f"{made.support} of {made.similar} similar {have} «{tag}»"


@dataclass(frozen=True, slots=True)
class Rules:
    """How many words a photo gets; whether those that are sure enough are set unasked, and when they are that.

    Args:
        most: words for one photo, set or asked.
        ask: share of similar posts that must have a word to be asked.
        auto: whether anything is newly set.
        frequency: share of similar posts that must have the word for that.
        support: so many of them must have it.
    """

    most: int = 3
    ask: float = 0.25
    auto: bool = False
    frequency: float = 0.8
    support: int = 10

    def sure(self, made: Recommendation) -> bool:
        """Say whether a word may be set unasked."""
        return self.auto and made.frequency >= self.frequency and made.support >= self.support

    def stays(self, made: Recommendation) -> bool:
        """Say whether a word that was set so stays."""
        return made.frequency >= self.frequency - SLACK


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the words of one content, all by `same_word`.

    `there` are those that it has, `refused` those that the user does not want on it, `held` those that were set
    unasked.
    """

    there: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()


def with_levels(words: Collection[str]) -> frozenset[str]:
    """Return words, all that is above them, and their last levels: who has «animals/dog» has «animals» and «dog»."""
    levelled = [word.split("/") for word in words]
    above = ("/".join(levels[:n]).strip() for levels in levelled for n in range(1, 1 + len(levels)))
    return frozenset(above) | {_last(word) for word in words}


def is_one_of(word: str, words: Collection[str]) -> bool:
    """Say whether a word is among others, or its last level alone, or a word of which it is the last level.

    To programmes without levels «animals/dog» and «dog» are one word: what was refused as one is not to come back as
    the other, and who is asked one need not be asked the other.
    """
    return word in words or _last(word) in words or any(word == _last(other) for other in words)


def _last(word: str) -> str:
    return word.rpartition("/")[2].strip()


def parted(
    recommended: Sequence[Recommendation], known: Known, barred: Collection[str], rules: Rules
) -> tuple[list[Recommendation], list[Recommendation]]:
    """Part the words for a photo, best first, into those to set unasked and those to ask.

    What the photo has, what the user refused for it, what is `barred` (by `same_word`) and what no similar photo has is
    in neither, nor is what too few have. Doing it again with what was set in `known.held` gives the same.

    Source: patent 002 (CN 110704657 A) claim 7: recommended words are set, or shown to be chosen from.
    """
    there = with_levels(known.there) if recommended else frozenset[str]()
    sure, asked, n_taken, taken = list[Recommendation](), list[Recommendation](), 0, set[str]()
    for made in recommended:
        word = same_word(made.tag)
        if not made.support or word in there or is_one_of(word, known.refused) or word in barred:
            continue
        held, room = word in known.held and rules.stays(made), n_taken < rules.most
        is_set = held or (room and rules.sure(made))
        if not is_set and is_one_of(word, taken):
            continue
        n_taken += 1
        if is_set:
            sure.append(made)
            taken.add(word)
        elif room and made.frequency >= rules.ask:
            asked.append(made)
            taken.add(word)
    return sure, asked


class Examples:
    """The tagged photos of a library, to show those for a suggestion that look most like the photo.

    Args:
        keys: content keys of the n photos.
        units: their vectors, or `folded` ones, of about length 1, shape (n, d).
        cluster: the cluster of each, shape (n,); -1 where the method has none.
        post: the post of each, shape (n,); of a post one photo is shown.
        words: the words of each, by `same_word`.
    """

    def __init__(
        self, keys: Sequence[str], units: Floats, cluster: IntArray, post: IntArray, words: Sequence[Collection[str]]
    ) -> None:
        self._keys, self._units, self._cluster, self._post = keys, units, cluster, post
        self._number = {word: number for number, word in enumerate(frozenset().union(*words))}
        number = np.fromiter(map(self._number.__getitem__, chain.from_iterable(words)), np.int64)
        order = np.argsort(number, kind="stable")
        self._word, self._row = number[order], np.repeat(np.arange(len(words)), [len(those) for those in words])[order]

    def of(self, units: Floats, cluster: int, word: str) -> list[Shown]:
        """Return the examples of a word for each of m photos, shape (m, d), that are in one cluster.

        They are of this cluster where it has any, else of all; none where no photo of the library has the word.
        """
        rows = self._with(word, cluster)
        if not len(rows):
            return [((), 0.0)] * len(units)
        alike = units @ self._units[rows].T  # (m, d) x (d, r) -> (m, r)
        order = np.argsort(-alike, axis=1, kind="stable")
        best = np.clip(alike.max(axis=1), 0.0, 1.0).astype(np.float64).round(4).tolist()
        each_a_post = len(np.unique(self._post[rows])) == len(rows)
        return [
            (tuple(self._keys[row] for row in self._one_a_post(rows[nearest], each_a_post)), nearness)
            for nearest, nearness in zip(order, best, strict=True)
        ]

    def _with(self, word: str, cluster: int) -> IntArray:
        number = self._number.get(word, -1)
        rows = self._row[slice(*np.searchsorted(self._word, [number, number + 1]))]
        inside = rows[self._cluster[rows] == cluster]
        return _sample(inside if len(inside) else rows)

    def _one_a_post(self, rows: IntArray, each_a_post: bool) -> Iterator[int]:
        if each_a_post:
            yield from rows[:SHOWN].tolist()
            return
        seen = set[int]()
        for row, post in zip(rows.tolist(), self._post[rows].tolist(), strict=True):
            if post not in seen:
                seen.add(post)
                yield row
            if len(seen) == SHOWN:
                return


def _sample(rows: IntArray) -> IntArray:
    if len(rows) <= MOST_EXAMPLES:
        return rows
    return rows[np.linspace(0, len(rows) - 1, MOST_EXAMPLES).astype(np.int64)]


def folded(vectors: Floats) -> Floats:
    """Return vectors of shape (m, d) as about equally similar ones of at most `FOLDED` numbers; the same each time.

    Numbers are added up with signs that are drawn once, so that cosines stay but for a spread of about .04.

    Source: Charikar, Chen and Farach-Colton, Finding frequent items in data streams (2002), with fixed places.
    """
    m, d = vectors.shape
    if d <= FOLDED:
        return vectors
    signs = np.random.default_rng(d).choice(np.array([-1, 1], np.float32), d)
    padded = np.pad(vectors * signs, ((0, 0), (0, -d % FOLDED)))  # (m, d) -> (m, layers * FOLDED)
    return np.asarray(padded.reshape(m, -1, FOLDED).sum(axis=1))


def suggested(
    keys: Sequence[str],
    units: Floats,
    asked: Sequence[Sequence[Recommendation]],
    examples: Examples,
    written: Mapping[str, str],
) -> list[Suggestion]:
    """Return the suggestions for n photos, with what speaks for each.

    Args:
        keys: their content keys.
        units: their vectors as those of the examples, shape (n, d).
        asked: the words for each.
        examples: the tagged photos of the library.
        written: how words are written, by `same_word`.
    """
    together: dict[tuple[int, str], list[tuple[int, Recommendation]]] = {}
    for row, words in enumerate(asked):
        for made in words:
            together.setdefault((made.cluster, same_word(made.tag)), []).append((row, made))
    found: dict[str, Suggestion] = {}
    for (cluster, word), several in together.items():
        tag = written.get(word, several[0][1].tag)
        shown = examples.of(units[[row for row, _ in several]], cluster, word)
        for (row, made), (photos, similarity) in zip(several, shown, strict=True):
            key, score = tag_key(keys[row], word), round(min(max(made.score, 0.0), 1.0), 4)
            evidence = Evidence(photos=photos, similarity=similarity)
            found[key] = Suggestion(key, "tag", keys[row], tag, score, reason(made, tag), evidence)
    return list(found.values())
