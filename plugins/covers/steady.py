"""Which candidate becomes the cover: the likeliest, but for a hair's difference the one of the run before stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from plugins.covers import Album, CoverMethod, Floats, Pictures, Ranking

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


def matches_of(
    method: CoverMethod, pictures: Pictures, albums: Sequence[Album], rankings: Sequence[Ranking], chosen: Sequence[int]
) -> list[tuple[int, ...]]:
    """Return what the cover of each album resembles of what the user likes, also of one that is not the likeliest.

    A ranking tells it of the likeliest candidate alone; so one that stays is put to the method once more, by itself.

    Args:
        method: what has made the rankings.
        pictures: all pictures of the user.
        albums: the albums.
        rankings: one an album.
        chosen: index of the candidate that is its cover, one an album.
    Returns:
        Rows of `pictures`, the most alike first, one tuple an album.
    """
    found = [ranking.matches for ranking in rankings]
    stay = [
        n
        for n, (ranking, index) in enumerate(zip(rankings, chosen, strict=True))
        if ranking.interest is not None and index != ranking.best
    ]
    alone = [replace(albums[n], candidates=albums[n].candidates[[chosen[n]]]) for n in stay]
    for n, ranking in zip(stay, method.rank(pictures, alone) if alone else (), strict=True):
        found[n] = ranking.matches
    return found
