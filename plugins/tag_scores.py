"""How well recommended tags match those that photos have: precision and recall of the first few, and per word."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

import numpy as np
from scipy import sparse  # type: ignore[import-untyped]

from plugins.evaluation import Figure, figures_of
from plugins.intervals import IntArray, Numbers

PLAIN: Final = 6
"""Sums that are not by word."""


class TagScore(NamedTuple):
    """Scores of recommended words, 0 to 1; all are NaN where no photo has a true word.

    `p_at_k` is how many of the first k words are true, over k; `r_at_5` the share of a photo's true words among the
    first five; both are means over photos. `macro_recall` is the same recall by word: of the photos that have a word,
    the share that got it among the first five, as the mean over all true words, so that rare ones count as much as
    frequent ones. `coverage` is the share of photos that got any word.
    """

    p_at_1: float
    p_at_3: float
    p_at_5: float
    r_at_5: float
    macro_recall: float
    coverage: float


def tag_score(truth: Sequence[Collection[str]], found: Sequence[Sequence[str]]) -> TagScore:
    """Score the words that a method recommended.

    A place without a word is a wrong one: three words, all true, are a precision at five of .6, and a photo without any
    has 0 in all. A photo with fewer than k true words cannot reach 1 either: with one word each, precision at five is
    at most .2. A word that was said twice counts once and takes both places.

    Args:
        truth: the words that each photo has, n of them; photos without any are not scored.
        found: the words recommended for each, best first, as many photos.

    Raises:
        ValueError: the two are not of the same photos.
    """
    whole = np.asarray(_added(truth, found).sum(axis=0))
    return TagScore(*_figures(whole, whole.reshape(1, -1))[0].tolist())


def tag_figures(
    truth: Sequence[Collection[str]], found: Sequence[Sequence[str]], group: IntArray, seed: int = 0
) -> dict[str, Figure]:
    """Score recommended words as `tag_score` does, with intervals in which photos are drawn, and whole groups.

    Args:
        truth: the words that each photo has, n of them, at least one each.
        found: the words recommended for each, best first.
        group: which photos are of one shot, shape (n,).
        seed: of the bootstrap.
    """
    sums = _added(truth, found)
    return figures_of(TagScore._fields, sums, partial(_figures, np.asarray(sums.sum(axis=0))), group, seed)


def _added(truth: Sequence[Collection[str]], found: Sequence[Sequence[str]]) -> Any:
    """Return what each photo with a true word adds to the sums, sparse, shape (n, 6 + 2 * words).

    First one, its precisions at 1, 3 and 5, its recall at 5, and whether it got any word; then its words that are among
    the first five, then all its words.
    """
    if len(truth) != len(found):
        raise ValueError(f"{len(truth)} photos with true words and {len(found)} with recommended ones must be the same")
    pairs = [(frozenset(true), tuple(said)) for true, said in zip(truth, found, strict=True) if true]
    number = {word: n for n, word in enumerate(sorted(frozenset().union(*(true for true, _ in pairs))))}
    plain = np.array([_of_photo(true, said) for true, said in pairs], dtype=np.float64).reshape(-1, PLAIN)
    hits = _marked([true.intersection(said[:5]) for true, said in pairs], number)
    return sparse.hstack([sparse.csr_array(plain), hits, _marked([true for true, _ in pairs], number)], format="csr")


def _of_photo(true: frozenset[str], said: tuple[str, ...]) -> tuple[float, ...]:
    right = [len(true.intersection(said[:k])) for k in (1, 3, 5)]
    return (1.0, right[0], right[1] / 3, right[2] / 5, right[2] / len(true), float(bool(said)))


def _marked(words: Sequence[Collection[str]], number: Mapping[str, int]) -> Any:
    """Return which photo has which word, shape (n, words)."""
    cells = [(row, number[word]) for row, of_one in enumerate(words) for word in of_one]
    rows, columns = np.array(cells, dtype=np.int64).reshape(-1, 2).T
    return sparse.csr_array((np.ones(len(cells)), (rows, columns)), shape=(len(words), len(number)))


def _figures(whole: Numbers, sums: Numbers) -> Numbers:
    """Return the figures in the order of `TagScore` of sums over photos: (draws, 6 + 2 * words) in, (draws, 6) out.

    A word that none of the photos drawn has keeps the recall that it has in all of them, `whole`: if it were left out,
    rare words, which methods miss, would count less in a draw than they do.
    """
    n, *means = sums[:, :PLAIN].T
    hits, there = np.split(sums[:, PLAIN:], 2, axis=1)
    usual = np.divide(*np.split(whole[PLAIN:], 2))
    recall = np.divide(hits, there, out=np.tile(usual, (len(sums), 1)), where=there > 0)
    p_at_1, p_at_3, p_at_5, r_at_5, coverage = (_share(mean, n) for mean in means)
    macro = _share(recall.sum(axis=1), np.full(len(sums), recall.shape[1], np.float64))
    return np.column_stack([p_at_1, p_at_3, p_at_5, r_at_5, macro, coverage])


def _share(part: Numbers, whole: Numbers) -> Numbers:
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > 0)
