"""What a cosine means in a gallery: how far from the threshold two faces are, in deviations of pairs of strangers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from plugins.half_vectors import parts
from plugins.people import Floats, Vectors

FARTHEST: Final = 8.0
"""Deviations from the threshold beyond which more says nothing more."""
PAIRS: Final = 40_000
ONE_IN_1000: Final = 3.09  # standard deviations of a normal distribution
FAR_SIDE: Final = ((0.75, 0.674), (0.95, 1.645))
"""Quantiles of the angles of pairs by which strangers are measured, and where a normal distribution has them.

Two faces of one person are on the near side, and hardly move these.
"""
PLAUSIBLE: Final = (0.04, 0.2)
"""Deviations of strangers' angles that embedders have, as shares of the angle at the threshold."""


@dataclass(frozen=True, slots=True)
class Scale:
    """A gallery's measure of likeness: `angle` (radians) is the one that 1 pair of strangers in 1,000 comes below.

    `deviation` (radians) is the standard deviation of the angles of strangers. Angles are normally distributed whatever
    the embedder; cosines are not where all faces share much, as dlib's do: on LFW the threshold is .927 by labels, .929
    as estimated by angles, and .949 by cosines.
    """

    angle: float
    deviation: float

    @classmethod
    def of(cls, units: Vectors, threshold: float) -> Scale:
        """Measure a gallery.

        Args:
            units: vectors of length 1, shape (n, d).
            threshold: the cosine that 1 pair of strangers in 1,000 reaches; NaN estimates it from the vectors.
        """
        middle, unit = _strangers(units)
        angle = middle - ONE_IN_1000 * unit if np.isnan(threshold) else float(np.arccos(np.clip(threshold, -1, 0.9999)))
        angle = max(angle, 0.1)
        return cls(angle, float(np.clip(unit, PLAUSIBLE[0] * angle, PLAUSIBLE[1] * angle)))

    def of_cosine(self, cosine: Floats) -> Floats:
        """Return how many deviations above the threshold likenesses are, at most 8 up or down; any shape."""
        angle = np.arccos(np.clip(cosine, -1, 1))
        return np.asarray(((self.angle - angle) / self.deviation).clip(-FARTHEST, FARTHEST), dtype=np.float32)

    @property
    def threshold(self) -> float:
        """Return the cosine that 1 pair of strangers in 1,000 reaches."""
        return self.cosine_at(0)

    @property
    def unit(self) -> float:
        """Return one deviation, at the threshold, as a difference of cosines."""
        return self.cosine_at(1) - self.threshold

    def cosine_at(self, units: float) -> float:
        """Return the cosine that lies `units` deviations above the threshold."""
        return float(np.cos(max(self.angle - units * self.deviation, 0.0)))


def _strangers(units: Vectors) -> tuple[float, float]:
    """Return mean and standard deviation of the angles of pairs of strangers, as far as pairs at random show them."""
    if len(units) < 2:
        return np.pi / 2, 0.1
    draw = np.random.default_rng(0)
    # In an order of their own, so that the same faces in another order are measured by the same pairs.
    mean = sum(units[some].sum(axis=0) for some in parts(len(units))) / len(units)
    order = np.argsort(np.concatenate([units[some] @ mean for some in parts(len(units))]), kind="stable")
    one = draw.integers(len(units), size=PAIRS)
    other = (one + draw.integers(1, len(units), size=PAIRS)) % len(units)  # never a face with itself
    one, other = order[one], order[other]
    cosine = np.concatenate(
        [np.einsum("nd,nd->n", units[one[some]], units[other[some]]) for some in parts(PAIRS, 5_000)]
    )
    angle = np.arccos(np.clip(cosine, -1, 1))
    (low, low_z), (high, high_z) = ((float(np.quantile(angle, share)), z) for share, z in FAR_SIDE)
    unit = (high - low) / (high_z - low_z)
    return low - low_z * unit, unit
