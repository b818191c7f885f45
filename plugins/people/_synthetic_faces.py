"""What an embedder makes of simulated faces: the geometry of face vectors, as far as people methods depend on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from plugins.people import Floats, IntArray
from plugins.people import _synthetic_lives as lives

CALIBRATION_FACES: Final = 1_500
"""Faces of strangers on which the threshold is measured, as an embedder's maker does on other faces."""

AT_ONCE: Final = 65_536
"""Faces that are worked on together: a gallery of a million is never in memory twice."""


@dataclass(frozen=True, slots=True)
class Traits:
    """How hard a gallery is. Lengths are shares of the length of an identity's vector, before normalising.

    `faces` and `people` are how many there are, strangers not counted among the people; sizes of people fall as
    rank ** -`zipf`. `strangers` is the share of faces of people seen once, `families` of people in families, `children`
    of those who are children, `low` of faces of low quality, `twins` of siblings who are twins. `weight` ± `spread` is
    how much of a vector is identity; the rest is noise. `dim` and `effective` are the dimensions of the vectors and how
    many of them people spread over, `even` photos of one person; `common` is what all faces share (large in dlib's
    vectors). `kin` is the share of a vector that a family shares. `modes` is the length of pose, glasses and beards,
    `ageing` and `growing` how far adults and children change. `blur` is how much more noise the worst quality has,
    `pull` how much it draws all bad faces together. `bursts` is the share of photos that continue a burst, `mirrors` of
    faces whose person is in the photo already, `odd` of those that hardly look like themselves. `no_…` are the shares
    of which something is not known.
    """

    faces: int = 4_000
    people: int = 120
    zipf: float = 1.1
    strangers: float = 0.1
    families: float = 0.6
    children: float = 0.17
    twins: float = 0.01
    low: float = 0.26
    weight: float = 0.63
    spread: float = 0.05
    dim: int = 512
    effective: float = 160.0
    even: float = 500.0
    common: float = 0.17
    kin: float = 0.28
    modes: float = 0.24
    ageing: float = 0.18
    growing: float = 0.6
    blur: float = 1.1
    pull: float = 0.47
    bursts: float = 0.15
    mirrors: float = 0.005
    no_place: float = 0.3
    no_time: float = 0.02
    no_landmarks: float = 0.0
    no_quality: float = 0.0
    odd: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Space:
    """Where an embedder puts faces.

    `scale` and `grain` float32 (d,) are how far people and photos spread in each dimension; `common`, `bad` and `side`
    float32 (d,), unit length, are where all faces, bad ones and turned ones drift.
    """

    traits: Traits
    scale: Floats
    grain: Floats
    common: Floats
    bad: Floats
    side: Floats

    @classmethod
    def of(cls, rng: np.random.Generator, traits: Traits) -> Space:
        scale, grain = _spread(traits.dim, traits.effective), _spread(traits.dim, traits.even)
        common, bad, side = unit(rng.standard_normal((3, traits.dim), dtype=np.float32) * scale)
        return cls(traits, scale, grain, common, bad, side)

    def draw(self, rng: np.random.Generator, n: int) -> Floats:
        """Draw n directions in which people differ, shape (n, d); their lengths are about 1."""
        return rng.standard_normal((n, self.traits.dim), dtype=np.float32) * self.scale

    def blurs(self, rng: np.random.Generator, n: int) -> Floats:
        """Draw n directions in which photos differ, shape (n, d); their lengths are about 1."""
        found = rng.standard_normal((n, self.traits.dim), dtype=np.float32)
        found *= self.grain
        return found

    def faces(
        self,
        rng: np.random.Generator,
        labels: IntArray,
        people: lives.People,
        seen: lives.Sightings,
        quality: NDArray[np.float64],
        yaw: NDArray[np.float64],
    ) -> Floats:
        """Embed faces, shape (n, d), unit length."""
        traits = self.traits
        mean = self._identities(rng, people)
        mode = self._mode(rng, labels, len(mean))
        middle = (people.first + people.last)[labels] / 2
        age = (seen.taken_s - lives.FIRST_DAY_S) / lives.SPAN_S - middle
        drift = self.draw(rng, len(mean)) * np.where(people.child, traits.growing, traits.ageing)[:, None]
        weight = rng.normal(traits.weight, traits.spread, len(mean)).clip(0.2, 0.95)[labels]
        weight = np.where(rng.random(len(labels)) < traits.odd, weight * rng.uniform(0.6, 0.9, len(labels)), weight)
        found = self._noise(rng, labels, seen.burst)
        for some in rows_of(len(labels)):
            identity = mean[labels[some]] + mode(some) + drift[labels[some]] * age[some, None]
            identity += 0.5 * traits.modes * yaw[some, None].astype(np.float32) * self.side
            found[some] = self._seen(unit(identity), weight[some], quality[some], found[some])
        return found

    def threshold(self, rng: np.random.Generator) -> float:
        """Return the cosine that one pair of strangers in 1,000 reaches."""
        n = CALIBRATION_FACES
        weight, quality = np.full(n, self.traits.weight), rng.uniform(0.3, 1, n)
        faces = self._seen(unit(self.draw(rng, n)), weight, quality, self.blurs(rng, n))
        return float(np.quantile((faces @ faces.T)[np.triu_indices(n, 1)], 0.999))

    def _seen(
        self, identity: Floats, weight: NDArray[np.float64], quality: NDArray[np.float64], noise: Floats
    ) -> Floats:
        """Mix what is the person's, the photo's and everybody's; shape (n, d), unit length."""
        poor = (1 - quality)[:, None].astype(np.float32)
        own, rest = weight[:, None].astype(np.float32), np.sqrt(1 - weight**2)[:, None].astype(np.float32)
        vector = own * identity + rest * (1 + self.traits.blur * poor) * noise
        return unit(vector + self.traits.pull * poor * self.bad + self.traits.common * self.common)

    def _identities(self, rng: np.random.Generator, people: lives.People) -> Floats:
        """Return the mean of each person, shape (p, d), unit length: what is theirs and what their family shares."""
        _, family = np.unique(people.family, return_inverse=True)
        shared = self.draw(rng, int(family.max()) + 1)[family]
        kin = np.minimum(0.8, self.traits.kin * np.where(people.child, 1.6, 1.0))[:, None].astype(np.float32)
        own = self.draw(rng, len(family))
        mean = unit(np.sqrt(1 - kin) * own + np.sqrt(kin) * shared)
        one = np.flatnonzero(people.twin)
        mean[one + 1] = unit(mean[one] + 0.35 * own[one + 1])
        return mean

    def _mode(self, rng: np.random.Generator, labels: IntArray, n_people: int) -> Callable[[slice], Floats]:
        """Return what tells what pose, glasses or beard add to some faces; everybody has one look or a few."""
        n_modes = 1 + rng.poisson(1, n_people)
        first = np.cumsum(n_modes) - n_modes
        directions = self.draw(rng, int(n_modes.sum())) * np.float32(self.traits.modes)
        # Looks are not equally frequent: the square of a uniform number favours the first.
        which = (rng.random(len(labels)) ** 2 * n_modes[labels]).astype(np.int64)
        chosen = first[labels] + which
        return lambda some: np.asarray(directions[chosen[some]])

    def _noise(self, rng: np.random.Generator, labels: IntArray, burst: IntArray) -> Floats:
        """Return what is left of each photo; most of it is the same all through a burst."""
        pair = burst * (labels.max() + 1) + labels
        _, group, size = np.unique(pair, return_inverse=True, return_counts=True)
        share = np.where(size > 1, 0.6, 0.0)[group][:, None].astype(np.float32)
        noise, together = self.blurs(rng, len(labels)), self.blurs(rng, len(size))
        for some in rows_of(len(labels)):
            noise[some] = np.sqrt(1 - share[some]) * noise[some] + np.sqrt(share[some]) * together[group[some]]
        return noise


def rows_of(n: int) -> Iterator[slice]:
    """Yield the rows of n faces in parts that are worked on together."""
    yield from (slice(start, start + AT_ONCE) for start in range(0, n, AT_ONCE))


def unit(vectors: NDArray[np.floating[Any]]) -> Floats:
    """Return rows of length 1, shape (n, d)."""
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def _spread(dim: int, effective: float) -> Floats:
    """Return standard deviations (d,) that make vectors of length about 1 and have a participation ratio."""
    # Variances that fall as exp(-2k/e) have the ratio e as long as e is well below d.
    variance = np.exp(-2 * np.arange(dim) / effective)
    return np.asarray(np.sqrt(variance / variance.sum()), dtype=np.float32)
