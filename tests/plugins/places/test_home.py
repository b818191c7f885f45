"""Tests of finding where somebody lives."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest

from plugins.places.home import find_home, is_home

HOME, HOTEL, WORK = (48.1372, 11.5756), (38.7223, -9.1393), (48.2490, 11.6510)
START = datetime(2024, 1, 1)


def life(*parts):
    """Return lat, lon and times of photos from (place, first day, step in days, number of days, hour, photos a day)."""
    rng = np.random.default_rng(7)
    lat, lon, when = [], [], []
    for (a, o), first, step, n_days, hour, per_day in parts:
        for day in range(n_days):
            for k in range(per_day):
                lat.append(a + rng.normal(0, 0.0003))
                lon.append((o + rng.normal(0, 0.0003) + 180) % 360 - 180)
                when.append(START + timedelta(days=first + day * step, hours=hour, minutes=k))
    return lat, lon, when


@pytest.mark.parametrize(
    ("parts", "where"),
    [
        pytest.param([], None, id="no photos"),
        pytest.param([(HOTEL, 0, 1, 10, 21, 30)], None, id="one holiday is no home"),
        pytest.param([(HOME, 0, 30, 2, 21, 30)], None, id="two evenings are too few"),
        pytest.param([(HOME, 0, 7, 10, 21, 2)], HOME, id="an evening a week"),
        pytest.param([(HOME, 0, 10, 12, 21, 1), (HOTEL, 5, 1, 16, 21, 50)], HOME, id="a long holiday has more photos"),
        pytest.param([(HOME, 0, 10, 12, 20, 1), (WORK, 0, 2, 60, 12, 3)], HOME, id="by day at work"),
        pytest.param([(HOME, 0, 7, 10, 13, 2)], HOME, id="only noon photos are better than nothing"),
        pytest.param([((-16.8, 180.0), 0, 7, 10, 21, 4)], (-16.8, 180.0), id="a home on the date line"),
    ],
)
def test_home_is_where_photos_are_taken_in_most_weeks(parts, where):
    found = find_home(*life(*parts))
    assert (found is None) == (where is None)
    assert where is None or is_home(*where, found, radius_km=0.2)


def test_no_home_at_0_0():
    days = [START + timedelta(days=7 * k, hours=21) for k in range(20)]
    assert find_home([0.0] * 20, [0.0] * 20, days) is None


def test_unknown_positions_do_not_move_home():
    lat, lon, when = life((HOME, 0, 7, 10, 21, 2))
    nan = [float("nan")] * len(when)
    assert find_home(lat + nan, lon + nan, when + when) == find_home(lat, lon, when)


@pytest.mark.parametrize(
    ("lat", "lon", "home", "at_home"),
    [
        pytest.param(*HOME, None, False, id="nobody knows where home is"),
        pytest.param(float("nan"), 11.5, HOME, False, id="unknown position"),
        pytest.param(*WORK, HOME, False, id="elsewhere"),
        pytest.param(HOME[0] + 0.0040, HOME[1], HOME, True, id="445 m away"),
        pytest.param(HOME[0] + 0.0050, HOME[1], HOME, False, id="556 m away"),
    ],
)
def test_is_home(lat, lon, home, at_home):
    assert is_home(lat, lon, home) is at_home
