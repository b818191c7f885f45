"""Which of a video's frames could be its cover: shots by what changes, the best frame of each, far from one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image

from plugins.covers import BoolArray, Floats, IntArray, Seconds

VIEW_PX: Final = (16, 9)
"""A frame is compared with others at this size: what moves a little stays the same view."""

COLOURS: Final = 4
"""Levels of each of the three colours in the histogram."""

FAR: Final = 64.0
"""Mean difference of two small frames, of 255, that counts like two histograms with nothing in common."""

CUT: Final = 0.4
"""Difference of two frames from which on they are of two shots; two photos of one event mostly have 0.8 and more."""

VIEW: Final = 0.25
"""Difference from which on a frame shows another part of the same shot: a pan by a tenth of the picture has 0.3."""

ALIKE: Final = 0.06
"""Difference below which the second of two frames adds nothing: compression and a trembling hand make up to 0.04."""

FEW: Final = 8
"""Frames up to which what differs less than that is taken too, so that there is something to choose from."""

GOOD: Final = 0.75
"""Share of the video's middle quality below which a frame is taken only as the best of its shot."""

DARK: Final = 32
"""A frame that is nowhere lighter, of 255, shows nothing; black in video is 16 at most."""

PLAIN: Final = 3.0
"""Spread of brightness, in levels of 255, below which a frame is one colour, as between two scenes."""


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """The n frames of a video that were looked at, in order of time.

    Args:
        at_s: when each is shown, in seconds, ascending, shape (n,).
        views: what each looks like, shape (n, d), see `view_of`.
        shows: whether it shows anything, shape (n,).
        sharpness, exposure, stillness: 0 to 1, shape (n,) each.
    """

    at_s: Seconds
    views: Floats
    shows: BoolArray
    sharpness: Floats
    exposure: Floats
    stillness: Floats

    @property
    def quality(self) -> Floats:
        """Return how good each is by itself, 0 to 3, shape (n,): sharp, well exposed, and still."""
        return self.sharpness + self.exposure + self.stillness


def view_of(small: Image.Image) -> Floats:
    """Return what a picture looks like: the sum of absolute differences of two views is `CUT`'s and `ALIKE`'s.

    Half of it is how much their colours differ, wherever they are (0 to 1), half how much their places do.

    Args:
        small: RGB, `VIEW_PX` or a few times that.
    Returns:
        Shape (64 + 432,): the histogram's shares, then the smallest picture.
    """
    levels = np.asarray(small, dtype=np.int64).reshape(-1, 3) * COLOURS // 256
    counts = np.bincount(levels @ [COLOURS * COLOURS, COLOURS, 1], minlength=COLOURS**3)
    places = np.asarray(small.resize(VIEW_PX, Image.Resampling.BOX), dtype=np.float64).ravel()
    return np.concatenate([counts / (4 * len(levels)), places / (2 * FAR * len(places))]).astype(np.float32)


def shows_something(small: Image.Image) -> bool:
    """Say whether a small RGB picture is neither black nor of one colour."""
    grey = np.asarray(small.convert("L"), dtype=np.float32)
    return bool(grey.max() > DARK and grey.std() > PLAIN)


def shots_of(views: Floats) -> IntArray:
    """Number frames by shot: a new one begins where a frame differs from the one before, or from the shot's first.

    Args:
        views: of the frames that show something, in order of time, shape (n, d).
    Returns:
        Shape (n,), counted from 0.
    Source: patent 004 (CN111191059), claim 7; its frames of a video, thinned as our preset rule says.
    """
    numbers = np.zeros(len(views), np.int64)
    first = 0
    for row in range(1, len(views)):
        cut = max(_difference(views[row], views[row - 1]), _difference(views[row], views[first])) > CUT
        numbers[row] = numbers[row - 1] + cut
        first = row if cut else first
    return numbers


def choose(samples: Samples, most: int) -> list[int]:
    """Return the frames that could be the cover: of each shot the best, then good ones that show something else.

    The best of the first and of the last shot are there, but for one that looks like the other; more shots than `most`
    are thinned by farthest point. Black and plain frames, and those that look like a chosen one, are left out; where
    there are few frames then, good ones that differ little are taken too.

    Args:
        samples: the frames looked at.
        most: how many are wanted, at least 2.
    Returns:
        Rows of `samples`, ascending; none where no frame shows anything.
    """
    usable = np.flatnonzero(samples.shows)
    if not usable.size:
        return []
    shots = shots_of(samples.views[usable])
    quality = samples.quality[usable]
    # In each shot the best, and the first of equals.
    bests = [rows[np.argmax(quality[rows])] for rows in np.split(np.arange(len(usable)), _starts(shots))]
    chosen, good = [bests[0]], np.flatnonzero(quality >= GOOD * np.median(quality)).tolist()
    for others, apart, so_many in (
        (bests[-1:], ALIKE, most),
        (bests, ALIKE, most),
        (good, VIEW, most),
        (good, ALIKE, min(FEW, most)),
    ):
        chosen = _farthest(samples.views[usable], chosen, others, apart, so_many)
    return sorted(usable[chosen].tolist())


def _starts(shots: IntArray) -> IntArray:
    return np.flatnonzero(np.diff(shots)) + 1


def _farthest(views: Floats, chosen: Sequence[int], others: Sequence[int], apart: float, most: int) -> list[int]:
    """Add frames, each time the one that differs most from all chosen, while there are few and it differs so much."""
    found, rows = list(chosen), np.asarray(others, np.int64)
    nearest = np.min([np.abs(views[rows] - views[one]).sum(axis=1) for one in found], axis=0)
    while len(found) < most and nearest.max() > apart:
        new = int(rows[np.argmax(nearest)])
        found.append(new)
        nearest = np.minimum(nearest, np.abs(views[rows] - views[new]).sum(axis=1))
    return found


def _difference(one: Floats, other: Floats) -> float:
    return float(np.abs(one - other).sum())
