"""From which cosine two faces are called one person, estimated from unlabelled vectors alone."""

from __future__ import annotations

from typing import Final

import numpy as np

from plugins.people import Floats, IntArray

PAIRS: Final = 200_000
FEWEST: Final = 20
"""Of fewer faces nothing can be estimated."""
NEARLY_THE_SAME: Final = 0.99
"""No estimate is above this cosine: copies of one picture are one person, whoever the others are."""
ONE_IN_1000: Final = 3.09
"""The normal distribution's upper thousandth, in standard deviations."""


def estimated_threshold(units: Floats) -> float:
    """Return the cosine that about one pair of strangers in 1,000 reaches, if their cosines are normally distributed.

    Where one person is in more than about half of the pictures the estimate is too high, so that people are split
    rather than mixed; it is too high as well for an embedder whose strangers are not normally distributed (dlib's: .949
    where labels say .927).

    Args:
        units: vectors of length 1, shape (n, d).
    """
    if len(units) < FEWEST:
        return NEARLY_THE_SAME
    middle, spread = strangers(units)
    return min(middle + ONE_IN_1000 * spread, NEARLY_THE_SAME)


def strangers(units: Floats) -> tuple[float, float]:
    """Return mean and standard deviation of the cosines of strangers: median and 1.4826 · MAD of random pairs.

    Most random pairs of a library are strangers, and neither figure feels the few that are not.

    Args:
        units: vectors of length 1, shape (n, d), n ≥ 2.
    """
    draw = np.random.default_rng(0)
    one = draw.integers(len(units), size=PAIRS)
    other = (one + draw.integers(1, len(units), size=PAIRS)) % len(units)  # never a face with itself
    cosine = np.concatenate([_cosines(units, one[at : at + 10_000], other[at : at + 10_000]) for at in _STARTS])
    middle = float(np.median(cosine))
    return middle, 1.4826 * float(np.median(np.abs(cosine - middle)))


_STARTS: Final = range(0, PAIRS, 10_000)  # in parts: 200,000 pairs of 512 numbers would be 800 MB


def _cosines(units: Floats, one: IntArray, other: IntArray) -> Floats:
    found: Floats = np.einsum("nd,nd->n", units[one], units[other])
    return found
