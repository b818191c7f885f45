"""How well events match the albums that a user made of happenings: by where they begin, by pairs, and item by item."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from plugins.evaluation import Figure, figures_of
from plugins.intervals import IntArray, Numbers
from plugins.scores import group_figures, group_sums, p_r_f

FIGURES: Final = (
    *("boundary_p", "boundary_r", "boundary_f1", "bcubed_p", "bcubed_r", "bcubed_f"),
    *("pairwise_p", "pairwise_r", "pairwise_f"),
)
LONGEST_DAYS: Final = 21.0
"""An album over more days is a season, a year or a life, not a happening; three weeks are a long journey."""
LEAST_SHARE: Final = 0.5
"""Of the photos between an album's first and its last, so many must be in it: else others happened in between."""
FEWEST_PHOTOS: Final = 2
DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True, eq=False)
class Happenings:
    """The albums of a user that are one happening each.

    Args:
        album: number of the album that each photo is in, -1 for none, shape (n,).
        left_out: how many albums are none, by reason.
    """

    album: IntArray
    left_out: Mapping[str, int]

    @property
    def n_albums(self) -> int:
        """Return how many there are."""
        return int(self.album.max(initial=-1)) + 1


def happenings(albums: Iterable[IntArray], taken_s: Numbers) -> Happenings:
    """Find the albums that are one happening: photos in one stretch, hardly anything else in between.

    What an album is called does not count, and no gap in time is asked for: that would be one method's rule. Of albums
    that share a photo the smallest is taken, as the part of a journey, and the others are left out.

    Args:
        albums: the photos of each album as rows, each once, in any order.
        taken_s: when each photo was taken, in seconds since 1970 UTC, ascending, shape (n,).
    """
    album, left_out = np.full(len(taken_s), -1, dtype=np.int64), Counter[str]()
    numbered = 0
    for rows in sorted((np.sort(each) for each in albums), key=lambda each: (len(each), each.tolist())):
        reason = _no_happening(rows, taken_s) or ("shares photos with another" if (album[rows] >= 0).any() else "")
        if reason:
            left_out[reason] += 1
            continue
        album[rows] = numbered
        numbered += 1
    return Happenings(album, dict(left_out))


def _no_happening(rows: IntArray, taken_s: Numbers) -> str:
    """Return why the photos of an album, rows in order of time, are no single happening; "" where they are."""
    if len(rows) < FEWEST_PHOTOS:
        return "fewer than two photos"
    if taken_s[rows[-1]] - taken_s[rows[0]] > LONGEST_DAYS * DAY_S:
        return "over more than three weeks"
    if len(rows) < LEAST_SHARE * (rows[-1] - rows[0] + 1):
        return "not in one stretch"
    return ""


def calendar_days(taken_s: Numbers, utc_offset_s: Numbers) -> IntArray:
    """Return the calendar day of each photo on the clock where it was taken, shape (n,): our simplest baseline."""
    return np.floor((taken_s + utc_offset_s) / DAY_S).astype(np.int64)


def event_figures(truth: Happenings, found: IntArray, seed: int = 0) -> dict[str, Figure]:
    """Score events by the photos that lie in the user's albums, with intervals in which whole albums are drawn.

    The figures are those of `scores.boundary`, `scores.bcubed` and `scores.pairwise`; none where there are too few
    albums.

    Args:
        truth: the user's albums.
        found: event that a method gave each photo, photos in order of time, shape (n,).
        seed: of the bootstrap.
    """
    scored = truth.album >= 0
    added = _added(truth.album[scored], found[scored])
    sums = np.zeros((truth.n_albums, added.shape[1]))
    np.add.at(sums, truth.album[scored], added)
    return figures_of(FIGURES, sums, _figures, np.arange(len(sums)), seed)


def _added(truth: IntArray, found: IntArray) -> Numbers:
    """Return what each photo adds to the sums that the figures are shares of, shape (n, 9)."""
    true_cut, found_cut = (np.diff(side, prepend=side[:1]) != 0 for side in (truth, found))
    return np.column_stack([true_cut & found_cut, found_cut, true_cut, group_sums(truth, found)])


def _figures(sums: Numbers) -> Numbers:
    """Return the figures of sums over photos: (draws, 9) in, (draws, 9) out."""
    both, found_cut, true_cut = sums[:, :3].T
    return np.hstack([p_r_f(both, found_cut, both, true_cut), group_figures(sums[:, 3:])])
