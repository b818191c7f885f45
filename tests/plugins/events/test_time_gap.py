"""The baseline: gaps and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.events import Places
from plugins.events.time_gap import Plugin, split_by_gap


@pytest.mark.parametrize(
    ("gaps_s", "events"),
    [
        pytest.param([10, 10], [0, 0, 0], id="one afternoon"),
        pytest.param([10, 9_000, 10], [0, 0, 1, 1], id="lunch break splits the day"),
        pytest.param([3_600], [0, 0], id="just the gap does not split"),
        pytest.param([], [0], id="single photo"),
    ],
)
def test_split_by_gap(gaps_s, events):
    assert split_by_gap(np.cumsum([0.0, *gaps_s]), gap_s=3_600).tolist() == events


def test_photos_come_back_in_the_order_given():
    found = Plugin(gap_h=1).cluster(np.array([9_000.0, 0, 9_010, 10]), Places.unknown(4))
    assert found.event.tolist() == [1, 0, 1, 0]
    assert found.trip.tolist() == [-1] * 4
    assert found.away.tolist() == [False] * 4
    assert found.piles == ((), ())


def test_nothing_in_nothing_out():
    assert Plugin().cluster(np.zeros(0), Places.unknown(0)).event.tolist() == []


def test_negative_gap_is_refused():
    with pytest.raises(ValueError, match="gap_h"):
        Plugin(gap_h=-1)
