"""Simulated crowds: many people, most with a face or two, alike in groups, of whom only vectors are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from plugins.people import Floats, IntArray

LARGEST_SHARE: Final = 8  # nobody has more than one face in so many


@dataclass(frozen=True, slots=True)
class Crowd:
    """How a crowd is made.

    `faces` is how many there are; `singles` is the share of people with one face, and the sizes of the others fall with
    `tail` as Pareto's law. `dim`, `effective` and `common` are the dimensions of the vectors, how many of them the
    variance between people spreads over, and what all faces share; the variance of one person's photos spreads over
    `wider` times as many. `weight` ± `spread` is how much of a vector is identity, `outliers`
    the share of faces in which it is less. People look alike by `alike` inside each of `groups`, as people of one age,
    sex and origin do.
    """

    faces: int
    singles: float
    tail: float
    dim: int
    effective: float
    wider: float
    common: float
    weight: float
    spread: float
    outliers: float
    alike: float
    groups: int


def drawn_crowd(seed: int, *, least: int = 300, most: int = 4_000) -> tuple[Floats, IntArray]:
    """Simulate a crowd whose traits are drawn; return unit vectors (n, d) and labels (n,).

    Half have 128 numbers that all share much, as dlib's do; their middle ones match its distances between strangers,
    nearest strangers and faces of one person, measured on photos of public figures.
    """
    rng = np.random.default_rng([seed, 2])
    kind = int(rng.choice(3, p=[0.25, 0.25, 0.5]))
    lowest = (0.45, 0.55, 0.74)[kind]
    return crowd(
        rng,
        Crowd(
            faces=int(np.exp(rng.uniform(np.log(least), np.log(most)))),
            singles=rng.choice([0.0, rng.uniform(0.2, 0.9), 1.0], p=[0.25, 0.7, 0.05]),
            tail=rng.uniform(0.7, 1.6),
            dim=512 if kind == 0 else 128,
            effective=rng.uniform(*[(60, 180), (25, 80), (12, 36)][kind]),
            wider=rng.uniform(1, 3.5),
            common=rng.uniform(1.2, 2.8) if kind == 2 else rng.uniform(0, 0.5),
            weight=rng.uniform(lowest, lowest + 0.2),
            spread=rng.uniform(0.01, 0.06),
            outliers=rng.uniform(0, 0.15),
            alike=rng.uniform(0, 0.4),
            groups=int(rng.integers(2, 40)),
        ),
    )


def crowd(rng: np.random.Generator, traits: Crowd) -> tuple[Floats, IntArray]:
    """Simulate a crowd of given traits; return unit vectors (n, d) and labels (n,)."""
    labels = _who(rng, traits)
    people, n = int(labels.max()) + 1, len(labels)
    scale = _spectrum(traits.dim, traits.effective)
    looks = _directions(rng, traits.groups, scale)[rng.integers(traits.groups, size=people)]
    own = _directions(rng, people, scale)
    identity = _unit(np.float32(np.sqrt(1 - traits.alike)) * own + np.float32(np.sqrt(traits.alike)) * looks)
    weight = rng.normal(traits.weight, traits.spread, people).clip(0.3, 0.97)[labels]
    weight = (weight * np.where(rng.random(n) < traits.outliers, rng.uniform(0.5, 1, n), 1)).astype(np.float32)[:, None]
    common = np.float32(traits.common) * _unit(_directions(rng, 1, scale))
    photo = _directions(rng, n, _spectrum(traits.dim, traits.effective * traits.wider))
    return _unit(weight * identity[labels] + np.sqrt(1 - weight**2) * photo + common), labels


def _spectrum(dim: int, effective: float) -> Floats:
    """Return standard deviations, shape (dim,), of a total variance of 1 that spreads over `effective` dimensions."""
    scale = np.exp(-np.arange(dim) / effective)
    return np.asarray(scale / np.linalg.norm(scale), dtype=np.float32)


def _who(rng: np.random.Generator, traits: Crowd) -> IntArray:
    """Return who the faces are, in any order, numbered from 0."""
    most = max(2, traits.faces // LARGEST_SHARE)
    size = np.minimum(2 + rng.pareto(traits.tail, traits.faces) * 2, most).astype(np.int64)
    size[rng.random(traits.faces) < traits.singles] = 1
    people = int(np.searchsorted(np.cumsum(size), traits.faces)) + 1
    labels = np.repeat(np.arange(people), size[:people])
    return rng.permutation(labels)


def _directions(rng: np.random.Generator, n: int, scale: Floats) -> Floats:
    """Draw n directions, shape (n, d); their lengths are about 1."""
    return rng.standard_normal((n, len(scale)), dtype=np.float32) * scale


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)
