"""Simulated lives are what they say: in order, repeatable, with the rates they were given."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.events._geo import distance_km
from plugins.events._synthetic import HOME, live, repeated


def test_a_life_is_in_order_and_repeatable():
    life, again = live(3, 500), live(3, 500)
    assert len(life.taken_s) == len(life.event) == 500
    assert (np.diff(life.taken_s) >= 0).all()
    assert life.taken_s.tolist() == again.taken_s.tolist()
    assert life.taken_s.tolist() != live(4, 500).taken_s.tolist()


def test_rates_and_distances():
    life = live(1, 20_000)
    days = (life.taken_s[-1] - life.taken_s[0]) / 86_400
    from_home = distance_km(*HOME, life.lat, life.lon)
    on_trip = life.trip >= 0
    trips, outings = len(np.unique(life.trip[on_trip])), len(np.unique(life.event[~on_trip & (from_home > 1.5)]))
    # A trip of 3.5 days on average begins on 3 % of the days that are left.
    assert trips / days == pytest.approx(0.03 / (1 + 0.03 * 2.5), rel=0.25)
    assert outings / days == pytest.approx(0.97 * 0.16 / (1 + 0.03 * 2.5), rel=0.15)
    assert np.median(from_home[on_trip]) > 50
    assert np.median(from_home[~on_trip & (from_home > 1.5)]) < 32


def test_half_of_the_events_lose_their_positions():
    life = live(2, 2_000).half_without_gps(2)
    hidden = np.isnan(life.lat)
    events = np.unique(life.event)
    assert len(np.unique(life.event[hidden])) == len(events) // 2
    assert not set(life.event[hidden]) & set(life.event[~hidden])
    assert (np.isnan(life.lon) == hidden).all()


def test_repeated_life_keeps_its_turns_apart():
    life = live(2, 100)
    twice = repeated(life, 250)
    assert (np.diff(twice.taken_s) >= 0).all()
    assert twice.taken_s[100] - twice.taken_s[99] > 6 * 3_600
    assert len(np.unique(twice.event[:200])) == 2 * len(np.unique(life.event))
