"""How well ranked covers match those that users chose: by place, as means over albums with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from plugins.evaluation import Figure, figures_of
from plugins.intervals import resampled

Numbers = NDArray[np.float64]
Floats = NDArray[np.float32]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


class CoverScore(NamedTuple):
    """Scores of one album, 0 to 1: expected values where the order is by lot.

    `top_1` says that the best candidate is the chosen cover, `top_3` that the cover is among the best three, `mrr` is
    one over its place; `top_1_alike` says that the best is the cover or a near-duplicate of it.
    """

    top_1: float
    top_3: float
    mrr: float
    top_1_alike: float


def cover_score(order: IntArray, cover: int, alike: BoolArray) -> CoverScore:
    """Score one order of an album's candidates.

    Args:
        order: indices of candidates, the best first, shape (k,).
        cover: index of the one that the user chose.
        alike: whether each candidate is the cover or a near-duplicate of it, shape (k,).
    """
    place = int(np.flatnonzero(order == cover)[0])
    return CoverScore(float(place == 0), float(place < 3), 1 / (place + 1), float(alike[order[0]]))


def chance_score(first: BoolArray, cover: int, alike: BoolArray) -> CoverScore:
    """Return the exact expected score of an order by lot.

    Args:
        first: the candidates that come before all others, such as stills before videos, shape (k,); at least one.
        cover: index of the one that the user chose.
        alike: as of `cover_score`.
    """
    n = int(first.sum())
    places = np.arange(n) if first[cover] else np.arange(n, len(first))
    top_1, top_3, mrr = (places == 0).mean(), (places < 3).mean(), (1 / (places + 1)).mean()
    return CoverScore(float(top_1), float(top_3), float(mrr), float(alike[first].mean()))


def near_duplicates(
    taken_s: Numbers, scenes: Floats, cover: int, within_s: float = 60.0, least: float = 0.9
) -> BoolArray:
    """Say which photos of an album are the same shot as its cover, itself too, shape (k,).

    Args:
        taken_s: when each was taken, in seconds, shape (k,).
        scenes: what each shows, unit length or zeros where nobody knows, shape (k, d).
        cover: index of the cover.
        within_s: seconds from the cover up to which a photo may be of its burst.
        least: cosine with the cover from which on the two are alike.
    """
    alike: BoolArray = (np.abs(taken_s - taken_s[cover]) <= within_s) & (scenes @ scenes[cover] >= least)
    alike[cover] = True
    return alike


def intervals(values: Numbers, user: IntArray, seed: int = 0) -> Numbers:
    """Return the bootstrap 95 % intervals of means over albums, percentiles 2.5 and 97.5, shape (m, 2).

    Albums are drawn again with replacement; where there are several users, whole users are drawn too, and an interval
    spans both, as albums of one user are no independent ones, and few users say little of how users differ. NaN where
    there is but one album, or none.

    Args:
        values: m scores of each album, or differences of two on the same album, shape (a, m).
        user: whose album it is, any numbers, shape (a,).
        seed: of the draws.
    """
    sized = np.column_stack([values, np.ones(len(values))])
    return resampled(sized, _means, user, seed)


GAINS: Final = ("top_1_gain", "top_3_gain", "mrr_gain")
"""What is gained over chance, album by album, of the first three scores."""


def cover_figures(scores: Sequence[CoverScore], chance: Sequence[CoverScore], seed: int = 0) -> dict[str, Figure]:
    """Return the mean scores of n albums and what they gain over chance, with intervals in which albums are drawn.

    Args:
        scores: of each album.
        chance: of an order by lot, of the same albums.
        seed: of the bootstrap.
    """
    each = np.array(scores, np.float64).reshape(-1, len(CoverScore._fields))
    gain = each[:, : len(GAINS)] - np.array(chance, np.float64).reshape(each.shape)[:, : len(GAINS)]
    sums = np.column_stack([each, gain, np.ones(len(each))])
    return figures_of((*CoverScore._fields, *GAINS), sums, _means, np.zeros(len(each), np.int64), seed)


def _means(sums: Numbers) -> Numbers:
    return sums[:, :-1] / sums[:, -1:]
