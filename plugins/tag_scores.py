"""How well recommended tags match those that photos have: precision and recall of the first few, and per word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import NamedTuple


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
    if len(truth) != len(found):
        raise ValueError(f"{len(truth)} photos with true words and {len(found)} with recommended ones must be the same")
    pairs = [(frozenset(true), tuple(said)) for true, said in zip(truth, found, strict=True) if true]
    right = {k: [len(true.intersection(said[:k])) for true, said in pairs] for k in (1, 3, 5)}
    p_at_1, p_at_3, p_at_5 = (_mean([hits / k for hits in right[k]]) for k in (1, 3, 5))
    return TagScore(
        p_at_1,
        p_at_3,
        p_at_5,
        r_at_5=_mean([hits / len(true) for hits, (true, _) in zip(right[5], pairs, strict=True)]),
        macro_recall=_macro_recall(pairs),
        coverage=_mean([bool(said) for _, said in pairs]),
    )


def _macro_recall(pairs: Sequence[tuple[frozenset[str], tuple[str, ...]]]) -> float:
    photos = Counter(word for true, _ in pairs for word in true)
    hits = Counter(word for true, said in pairs for word in true.intersection(said[:5]))
    return _mean([hits[word] / n for word, n in photos.items()])


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else float("nan")
