"""How well groups match the truth, BCubed, pairwise and by boundary; and how well a score tells two kinds apart."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata  # type: ignore[import-untyped]

IntArray = NDArray[np.int64]
Numbers = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


class Score(NamedTuple):
    """Precision, recall and their harmonic mean, 0 to 1; nothing claimed is precise, nothing to find is found."""

    p: float
    r: float
    f: float

    def f_beta(self, beta: float) -> float:
        """Return the mean in which recall counts `beta` times as much as precision; .5 minds wrong merges most.

        Source: van Rijsbergen, Information Retrieval (1979), chapter 7.
        """
        weighted = beta * beta * self.p + self.r
        return (1 + beta * beta) * self.p * self.r / weighted if weighted else 0.0


def bcubed(truth: IntArray, found: IntArray, of: BoolArray | None = None) -> Score:
    """Score groups item by item: how much of an item's group belongs with it, and how much of what belongs is there.

    Args:
        truth: true group of each item, shape (n,).
        found: group that a method gave it, shape (n,).
        of: the items whose scores are averaged, shape (n,), all by default; the others still count in their groups.

    Source: Bagga and Baldwin, Entity-Based Cross-Document Coreferencing (1998), with equal weights.
    """
    scored = np.full(_length(truth, found), True) if of is None else of
    if not scored.any():
        return Score(1.0, 1.0, 1.0)
    both, in_truth, in_found = (counts[scored] for counts in item_counts(truth, found))
    return _score(float(np.mean(both / in_found)), float(np.mean(both / in_truth)))


def pairwise(truth: IntArray, found: IntArray, of: BoolArray | None = None) -> Score:
    """Score groups by the pairs of items that they put together.

    Args:
        truth: true group of each item, shape (n,).
        found: group that a method gave it, shape (n,).
        of: the items one of which at least is in every pair that counts, shape (n,); all by default.
    """
    others = np.full(_length(truth, found), False) if of is None else ~of
    every, apart = _pairs(truth, found), _pairs(truth[others], found[others])
    both, in_truth, in_found = (a - b for a, b in zip(every, apart, strict=True))
    return _score(_share(both, in_found), _share(both, in_truth))


def _pairs(truth: IntArray, found: IntArray) -> tuple[int, int, int]:
    """Count the pairs that are together in both labelings, in the truth and as found."""
    both, in_truth, in_found = (int((counts - 1).sum()) // 2 for counts in item_counts(truth, found))
    return both, in_truth, in_found


def auc(wanted: BoolArray, score: ArrayLike) -> float:
    """Return how probably a wanted item scores higher than another one, ties counting half: the area under ROC.

    Args:
        wanted: which items should score high, shape (n,).
        score: any numbers, higher for what is more wanted, shape (n,).

    Returns:
        0 to 1; NaN where all are wanted, or none.

    Source: Hanley and McNeil, The Meaning and Use of the Area under a ROC Curve (1982).
    """
    n, m = int(wanted.sum()), int((~wanted).sum())
    if not n or not m:
        return float("nan")
    ranks = rankdata(np.asarray(score, dtype=np.float64))
    return float((ranks[wanted].sum() - n * (n + 1) / 2) / (n * m))


def boundary(truth: IntArray, found: IntArray, stream: IntArray | None = None) -> Score:
    """Score events by where they begin: a boundary lies between neighbours of different groups.

    Args:
        truth: true event of each photo, in time order inside each stream, shape (n,).
        found: event that a method gave it, shape (n,).
        stream: whose photo it is, each stream in one run, shape (n,): between streams lies no boundary.
    """
    if _length(truth, found) < 2:
        return Score(1.0, 1.0, 1.0)
    inside = np.full(len(truth) - 1, True) if stream is None else np.diff(stream) == 0
    true_cut, found_cut = (np.diff(truth) != 0) & inside, (np.diff(found) != 0) & inside
    both = int((true_cut & found_cut).sum())
    return _score(_share(both, int(found_cut.sum())), _share(both, int(true_cut.sum())))


def _length(truth: IntArray, found: IntArray) -> int:
    if np.shape(truth) != np.shape(found):
        raise ValueError(f"truth {np.shape(truth)} and found {np.shape(found)} must label the same items")
    return len(truth)


def item_counts(truth: IntArray, found: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Return, for each item, the sizes of its group in both labelings together, in the truth and as found."""
    _, a, in_truth = np.unique(truth, return_inverse=True, return_counts=True)
    _, b, in_found = np.unique(found, return_inverse=True, return_counts=True)
    _, ab, in_both = np.unique(a * len(in_found) + b, return_inverse=True, return_counts=True)
    return in_both[ab], in_truth[a], in_found[b]


def group_sums(truth: IntArray, found: IntArray) -> Numbers:
    """Return what each item adds to the sums that `bcubed` and `pairwise` are shares of, shape (n, 6).

    So both can be had of any choice of items, as in a bootstrap; see `group_figures`.
    """
    both, in_truth, in_found = item_counts(truth, found)
    columns = (np.ones(len(both)), both / in_found, both / in_truth, both - 1, in_found - 1, in_truth - 1)
    return np.column_stack(columns).astype(np.float64)


def group_figures(sums: Numbers) -> Numbers:
    """Return p, r and f of BCubed, then pairwise, of sums over items: (draws, 6) in, (draws, 6) out."""
    n, precise, complete, together, in_found, in_truth = sums.T
    return np.hstack([p_r_f(precise, n, complete, n), p_r_f(together, in_found, together, in_truth)])


def p_r_f(right: Numbers, claimed: Numbers, reached: Numbers, wanted: Numbers) -> Numbers:
    """Return precision, recall and their harmonic mean of sums, as `Score` has them: (draws,) each in, (draws, 3) out.

    Args:
        right: what of the claimed is right.
        claimed: all that is claimed.
        reached: what of the wanted is claimed.
        wanted: all that is to be found.
    """
    parts = ((right, claimed), (reached, wanted))
    p, r = (np.divide(part, whole, out=np.ones_like(part), where=whole > 0) for part, whole in parts)
    return np.column_stack([p, r, np.divide(2 * p * r, p + r, out=np.zeros_like(p), where=p + r > 0)])


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def _score(p: float, r: float) -> Score:
    return Score(p, r, 2 * p * r / (p + r) if p + r else 0.0)
