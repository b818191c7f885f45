"""How much the user's own taste counts: only where it foretells the covers that they chose."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from plugins.covers import Album, Chosen, Pictures, Ranking
from plugins.covers.acceptance import FEWEST_SAMPLES, accepted, judged, refusal, share_of

PICTURES = Pictures.of([*"abc"], np.arange(3.0))


class Sure:
    """Gives the cover of each album, which is the second candidate of three, these probabilities, one an album."""

    name = "sure"
    version = "1"

    def __init__(self, *p: float) -> None:
        self.p = p

    def rank(self, pictures: Pictures, albums: Sequence[Album]) -> list[Ranking]:
        """Leave two thirds of the rest to the first candidate."""
        found = []
        for n in range(len(albums)):
            p = self.p[n % len(self.p)]
            found.append(Ranking(np.array([(1 - p) * 2 / 3, p, (1 - p) / 3], np.float32)))
        return found


def samples(n: int, weight: float = 1.0) -> list[Chosen]:
    return [Chosen(Album(np.arange(3)), 1, weight)] * n


@pytest.mark.parametrize(
    ("n_samples", "n_signals", "reason"),
    [
        pytest.param(20, 0, "so far 0", id="no signals"),
        pytest.param(20, 29, "from 30 photos on", id="one too few"),
        pytest.param(FEWEST_SAMPLES - 1, 100, "from 5 albums or events on", id="many signals, few albums"),
        pytest.param(0, 10_000, "so far 0", id="no album at all"),
    ],
)
def test_too_little_is_not_even_measured(n_samples: int, n_signals: int, reason: str) -> None:
    found = accepted(lambda personal: Sure(0.9 if personal else 0.1), PICTURES, samples(n_samples), n_signals)
    assert (found.personal, found.generic, found.own) == (0, None, None)
    assert (found.n_albums, found.n_signals) == (n_samples, n_signals)
    assert reason in found.reason


@pytest.mark.parametrize("n_signals", [30, 50, 10_000])
def test_taste_that_helps_counts_the_more_the_more_is_known(n_signals: int) -> None:
    asked: list[float] = []

    def method_of(personal: float) -> Sure:
        asked.append(personal)
        return Sure(0.5 if personal else 0.3)

    found = accepted(method_of, PICTURES, samples(20), n_signals)
    assert found.personal == n_signals / (n_signals + 50) == share_of(n_signals)
    assert sorted(asked) == [0, found.personal]
    assert found.generic == pytest.approx(math.log(0.3), abs=1e-4)
    assert found.own == pytest.approx(math.log(0.5), abs=1e-4)
    assert (
        "in 20 albums with a known cover this one comes first in 100% of them, without what you like in 0%"
        in found.reason
    )


@pytest.mark.parametrize(
    ("generic", "own", "reason"),
    [
        pytest.param(
            Sure(0.5),
            Sure(0.3),
            "with it, in 20 albums with a known cover this one gets no more probability",
            id="worse",
        ),
        pytest.param(Sure(0.5), Sure(0.5), "no more probability", id="the same"),
        pytest.param(Sure(0.41, 0.05), Sure(0.39, 0.39), "comes first in 0%", id="surer, but seldom first"),
        pytest.param(Sure(0.26, 0.05), Sure(0.2, 0.2), "comes lower", id="surer, and as often first, but lower"),
    ],
)
def test_taste_that_loses_does_not_count(generic: Sure, own: Sure, reason: str) -> None:
    found = accepted(lambda personal: own if personal else generic, PICTURES, samples(20), 100)
    assert found.personal == 0
    assert reason in found.reason


def test_hints_count_less_than_chosen_covers() -> None:
    pair = [*samples(1), *samples(1, weight=0.3)]
    good, bad = judged(Sure(0.9, 0.1), PICTURES, pair), judged(Sure(0.1, 0.9), PICTURES, pair)
    assert (good.top_1, bad.top_1) == pytest.approx((1 / 1.3, 0.3 / 1.3))
    assert good.mrr == pytest.approx((1 + 0.3 / 3) / 1.3)
    assert refusal(bad, good) == ""
    assert refusal(good, bad)


def test_a_cover_thought_impossible_is_no_more_than_very_unlikely() -> None:
    assert np.isfinite(judged(Sure(0.0), PICTURES, samples(1)).mean_log_p)
