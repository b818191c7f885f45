"""Whether what the user likes foretells their covers: measured on albums that the user chose the cover of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Final, TypeAlias

import numpy as np

from plugins.covers import Chosen, CoverMethod, Floats, IntArray, Pictures, Ranking

FEWEST_SIGNALS: Final = 30
FEWEST_SAMPLES: Final = 5
HALF_SIGNALS: Final = 50
"""From so many signals the user's own taste counts as much as what all users like; methods 8.8."""
LEAST_P: Final = 1e-9
"""Under which a probability is as good as none; keeps one album from outweighing all others."""
MethodOf: TypeAlias = Callable[[float], CoverMethod]
"""Makes the method by how much the user's own taste counts, 0 to 1; 0 leaves it out."""


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """How well a method foretold covers that are known: of each of n albums, in their order.

    Args:
        log_p: natural logarithm of the probability that the chosen cover got, shape (n,).
        rank: its place in the order of candidates, 1 for the best, shape (n,).
        weight: what each album counts, shape (n,).
    """

    log_p: Floats
    rank: IntArray
    weight: Floats

    @property
    def mean_log_p(self) -> float:
        """Return the weighted mean of `log_p`."""
        return float(np.average(self.log_p, weights=self.weight))

    @property
    def top_1(self) -> float:
        """Return the weighted share of albums whose cover comes first."""
        return float(np.average(self.rank == 1, weights=self.weight))

    @property
    def mrr(self) -> float:
        """Return the weighted mean of 1 / rank."""
        return float(np.average(1 / self.rank, weights=self.weight))

    def told(self) -> dict[str, float]:
        """Return the three figures as plain data."""
        scores = {"top_1": self.top_1, "mrr": self.mrr, "log_p": self.mean_log_p}
        return {name: round(value, 4) for name, value in scores.items()}


def judged(method: CoverMethod, pictures: Pictures, samples: Sequence[Chosen]) -> Judged:
    """Return how well a method foretells the covers of these albums, at least one; its scores are probabilities."""
    rankings = method.rank(pictures, [sample.album for sample in samples])
    return of_rankings(rankings, samples)


def of_rankings(rankings: Sequence[Ranking], samples: Sequence[Chosen]) -> Judged:
    """Return the same of rankings that are there, one a sample."""
    pairs = list(zip(rankings, samples, strict=True))
    p = np.array([ranking.scores[sample.cover] for ranking, sample in pairs], np.float32)
    rank = [int(np.flatnonzero(ranking.order == sample.cover)[0]) + 1 for ranking, sample in pairs]
    weight = np.array([sample.weight for sample in samples], np.float32)
    return Judged(np.log(np.clip(p, LEAST_P, 1)), np.array(rank, np.int64), weight)


def refusal(before: Judged, after: Judged) -> str:
    """Return why the second is not better on the same albums, in words, or "" where it is.

    It is better where the chosen covers get more probability on average and neither top-1 nor MRR is worse.
    """
    n = f"in {len(before.log_p)} albums with a known cover this one"
    if after.mean_log_p <= before.mean_log_p:
        return f"{n} gets no more probability (log {after.mean_log_p:.3f} instead of {before.mean_log_p:.3f})"
    if after.top_1 < before.top_1:
        return f"{n} comes first in {after.top_1:.0%} of them instead of {before.top_1:.0%}"
    if after.mrr < before.mrr:
        return f"{n} comes lower (mean 1/rank {after.mrr:.3f} instead of {before.mrr:.3f})"
    return ""


def spoken_for(chosen: Sequence[Chosen], generic: Sequence[Ranking], own: Sequence[Ranking]) -> list[bool]:
    """Say of each album whether the covers of all others are foretold better by `own`: its cover has no say itself.

    Args:
        chosen: n albums; the cover is below 0 where nobody chose one, and then has no say either.
        generic: how one method ranks them.
        own: how the other one does.
    """
    known = [n for n, one in enumerate(chosen) if one.cover >= 0]
    others = [[n for n in known if n != left_out] for left_out in range(len(chosen))]
    return [not refusal(*(_of_some(chosen, rankings, at) for rankings in (generic, own))) for at in others]


def better_elsewhere(chosen: Sequence[Chosen], generic: Sequence[Ranking], own: Sequence[Ranking]) -> list[Ranking]:
    """Return the rankings by `own` of the albums for which the others speak for it, else those by `generic`."""
    counts = spoken_for(chosen, generic, own)
    return [mine if counts_here else all_s for mine, all_s, counts_here in zip(own, generic, counts, strict=True)]


def _of_some(chosen: Sequence[Chosen], rankings: Sequence[Ranking], at: Sequence[int]) -> Judged:
    return of_rankings([rankings[n] for n in at], [chosen[n] for n in at])


@dataclass(frozen=True, slots=True)
class Acceptance:
    """How much the user's own taste counts, and why.

    Args:
        personal: 0 to 1; 0 leaves it out.
        reason: in words for the user, that go on from whether it counts.
        generic: mean log-probability of the known covers without it; None where it was not measured.
        own: the same with it.
        n_albums: how many albums with a known cover there are.
        n_signals: how often the user has said what they like.
    """

    personal: float
    reason: str
    generic: float | None = None
    own: float | None = None
    n_albums: int = 0
    n_signals: int = 0

    def told(self) -> dict[str, object]:
        """Return it as plain data."""
        return asdict(self)


def share_of(n_signals: int) -> float:
    """Return how much the user's own taste counts after so many signals, 0 to 1, if it counts; methods 8.8."""
    return n_signals / (n_signals + HALF_SIGNALS)


def too_few(n_samples: int, n_signals: int) -> str:
    """Return why there is too little to know what the user likes, in words, or ""."""
    if n_signals < FEWEST_SIGNALS:
        return (
            f"Albumen tries to learn what you like from {FEWEST_SIGNALS} photos on that are favourites, "
            f"covers you chose, or have four stars or more; so far {n_signals}"
        )
    if n_samples < FEWEST_SAMPLES:
        return (
            f"Albumen can measure whether it knows what you like from {FEWEST_SAMPLES} albums or events on "
            f"of which you chose the cover or a favourite; so far {n_samples}"
        )
    return ""


def accepted(method_of: MethodOf, pictures: Pictures, samples: Sequence[Chosen], n_signals: int) -> Acceptance:
    """Say how much the user's own taste counts: something only where it foretells the covers of albums better.

    Nothing is trained: each album is foretold from what was liked before it, so none tells of itself.

    Args:
        method_of: see `MethodOf`; with a head that none of the samples taught.
        pictures: all pictures of the user.
        samples: albums whose cover is known, with what was liked before them.
        n_signals: how often the user has said what they like.

    Source: methods 8.8.
    """
    n_albums = len(samples)
    if reason := too_few(n_albums, n_signals):
        return Acceptance(0.0, reason, None, None, n_albums, n_signals)
    share = share_of(n_signals)
    generic, own = judged(method_of(0.0), pictures, samples), judged(method_of(share), pictures, samples)
    scores = round(generic.mean_log_p, 4), round(own.mean_log_p, 4)
    if reason := refusal(generic, own):
        return Acceptance(0.0, f"with it, {reason}", *scores, n_albums, n_signals)
    reason = (
        f"in {n_albums} albums with a known cover this one comes first in {own.top_1:.0%} of them, "
        f"without what you like in {generic.top_1:.0%}"
    )
    return Acceptance(share, reason, *scores, n_albums, n_signals)
