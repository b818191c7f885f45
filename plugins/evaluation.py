"""What an evaluation says: how well each method does by what the user has said, with intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from plugins.intervals import Figures, IntArray, Numbers, resampled

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
    values = figures(sums.sum(axis=0).reshape(1, -1))[0].tolist()
    ends = resampled(sums, figures, group, seed).tolist()
    return {name: Figure(value, *both) for name, value, both in zip(names, values, ends, strict=True)}
