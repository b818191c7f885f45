"""Which candidate becomes the cover: the likeliest, but for a hair's difference the one of the run before stays."""

from __future__ import annotations

from typing import Final

import numpy as np

from plugins.covers import Floats, Ranking

CLEARLY: Final = 1.25
"""A cover gives way to one that is so many times as likely, so that it does not change with every new favourite."""
WHOLE: Final = 0.01
"""Scores whose sum is so near 1 are probabilities."""


def probabilities(ranking: Ranking) -> Floats:
    """Return the probability of each candidate, shape (k,); of a method without any 1 for the best one, else 0."""
    scores = ranking.scores
    if np.isfinite(scores).all() and (scores >= 0).all() and abs(float(scores.sum()) - 1) <= WHOLE:
        return scores
    found = np.zeros(len(scores), np.float32)
    found[ranking.best] = 1
    return found


def steady(probability: Floats, before: int | None) -> int:
    """Return the index of the cover: the likeliest candidate, or the one before where that is nearly as likely.

    Args:
        probability: of each candidate, shape (k,).
        before: index of the candidate that is the cover now; None where none of them is.
    """
    best = int(np.argmax(probability))
    if before is None or probability[best] >= CLEARLY * probability[before]:
        return best
    return before
