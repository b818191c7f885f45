"""How far figures may be off: the bootstrap, in which what was measured is drawn again and again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]

Numbers: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]
Figures: TypeAlias = Callable[[Numbers], Numbers]
"""Makes m figures of the sums over what was drawn: (draws, c) in, (draws, m) out."""

DRAWS: Final = 2_000
"""Resamplings of an interval; its ends move by some hundredths of its width with others."""
AT_ONCE: Final = 200


def resampled(sums: Numbers, figures: Figures, group: IntArray, seed: int = 0) -> Numbers:
    """Return the bootstrap 95 % intervals of figures made of sums over items, percentiles 2.5 and 97.5, shape (m, 2).

    Items are drawn again with replacement; where there are several groups, whole groups are drawn too, and an interval
    spans both, as items of one group are no independent ones, and few groups say little of how groups differ. NaN where
    there is but one item, or none.

    Args:
        sums: what each item adds, shape (n, c); an array, or a sparse one of scipy's.
        figures: see `Figures`.
        group: of each item, any numbers, shape (n,).
        seed: of the draws.

    Source: Efron, Bootstrap Methods: Another Look at the Jackknife (1979).
    """
    n = sums.shape[0]
    if n < 2:
        return np.full((figures(np.ones((1, sums.shape[1]))).shape[1], 2), np.nan)
    groups = [np.arange(n), np.unique(group, return_inverse=True)[1]]
    low, high = zip(*[_ends(sums, figures, each, seed) for each in groups if each.max() > 0], strict=True)
    return np.stack([np.min(low, axis=0), np.max(high, axis=0)], axis=1)


def _ends(sums: Numbers, figures: Figures, group: IntArray, seed: int) -> Numbers:
    """Return the percentiles of figures in which whole groups are drawn, shape (2, m)."""
    n_groups = int(group.max()) + 1
    members = sparse.csr_matrix((np.ones(len(group)), (group, np.arange(len(group)))), shape=(n_groups, len(group)))
    total = members @ sums  # (groups, n) x (n, c) -> (groups, c)
    draw, share = np.random.default_rng(seed), np.full(n_groups, 1 / n_groups)
    drawn: list[Numbers] = []
    for _ in range(0, DRAWS, AT_ONCE):
        times = draw.multinomial(n_groups, share, AT_ONCE)  # how often each group was drawn, (200, groups)
        drawn.append(figures(np.asarray(times @ total)))
    ends: Numbers = np.percentile(np.concatenate(drawn), (2.5, 97.5), axis=0)
    return ends
