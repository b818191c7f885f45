"""What an evaluation says: how well each method does by what the user has said, with intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

import numpy as np

from plugins.intervals import BoolArray, Figures, IntArray, Numbers, resampled

Role: TypeAlias = Literal["published", "shadow", "baseline"]
"""Whether a method publishes, runs beside the one that does, or is there to be beaten."""

FEWEST: Final = 20
"""Below so many items chance says more than the method: no figure is told."""
DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class Figure:
    """A mean with its 95 % interval."""

    value: float
    low: float
    high: float

    def told(self) -> dict[str, float | None]:
        """Return it as plain data, None where there is nothing to say."""
        parts = {"value": self.value, "low": self.low, "high": self.high}
        return {name: None if math.isnan(part) else round(part, DIGITS) for name, part in parts.items()}


@dataclass(frozen=True, slots=True)
class Row:
    """What one method reached in one way of asking.

    Args:
        method: its name.
        role: see `Role`.
        n: how many items were scored.
        figures: by name; empty where there are too few items.
        variant: what was asked of it, where there is more than one way.
        note: what to know of it, such as why it was left out.
        seconds: how long it took.
    """

    method: str
    role: Role
    n: int
    figures: Mapping[str, Figure] = field(default_factory=dict)
    variant: str = ""
    note: str = ""
    seconds: float = 0.0

    def told(self) -> dict[str, Any]:
        """Return it as plain data."""
        scores = {name: figure.told() for name, figure in self.figures.items()}
        facts = {"method": self.method, "role": self.role, "variant": self.variant, "n": self.n}
        return {**facts, "scores": scores, "note": self.note, "seconds": round(self.seconds, 3)}


def sampled(group: IntArray, first: BoolArray, most: int, seed: int = 0) -> IntArray:
    """Return the rows of at most `most` items, ascending: groups by lot and whole, those with a `first` item before.

    Args:
        group: which items belong together, such as the faces of a photo, shape (n,).
        first: the items that are wanted most, shape (n,).
        most: items at most.
        seed: of the lot.
    """
    groups, back = np.unique(group, return_inverse=True)
    later = np.ones(len(groups), dtype=np.bool_)
    later[back[first]] = False
    order = np.lexsort((np.random.default_rng(seed).permutation(len(groups)), later))
    total = np.cumsum(np.bincount(back, minlength=len(groups))[order])
    return np.flatnonzero(np.isin(back, order[total <= most]))


def dealt(group: IntArray, n: int, seed: int = 0) -> IntArray:
    """Deal items out to n parts of as many groups, whole groups by lot; return the part of each item, shape (n,)."""
    groups, back = np.unique(group, return_inverse=True)
    part: IntArray = (np.random.default_rng(seed).permutation(len(groups)) % n)[back]
    return part


def figures_of(
    names: Sequence[str], sums: Numbers, figures: Figures, group: IntArray, seed: int = 0
) -> dict[str, Figure]:
    """Return figures made of sums over items, each with its interval, by name; none where there are too few items.

    Args:
        names: of the m figures.
        sums: what each item adds, shape (n, c); an array, or a sparse one of scipy's.
        figures: makes the figures of sums: (draws, c) in, (draws, m) out.
        group: of each item: which ones are no independent ones, shape (n,).
        seed: of the bootstrap.
    """
    if sums.shape[0] < FEWEST:
        return {}
    values = figures(np.asarray(sums.sum(axis=0)).reshape(1, -1))[0].tolist()
    ends = resampled(sums, figures, group, seed).tolist()
    return {name: Figure(value, *both) for name, value, both in zip(names, values, ends, strict=True)}
