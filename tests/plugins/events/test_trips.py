"""Trips: events away from home that follow each other."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.events import Places
from plugins.events._geo import KM_PER_DEGREE
from plugins.events._trips import away_photos
from plugins.events.time_place_faces import Plugin

NAN = np.nan
DAY = 24.0


def trips_of(hours, km, **settings):
    """Cluster single photos that lie so far north of home."""
    found = Plugin(home=(0.0, 0.0), **settings).cluster(
        np.array(hours) * 3_600.0, Places.of(np.array(km) / KM_PER_DEGREE, np.where(np.isnan(km), NAN, 0.0))
    )
    return found.trip.tolist(), found.away.tolist()


@pytest.mark.parametrize(
    ("hours", "km", "trip"),
    [
        pytest.param([10, 34, 58], [0, 0, 0], [-1, -1, -1], id="days at home are none"),
        pytest.param([10, 34, 58], [30, 30, 30], [-1, -1, -1], id="nor are outings"),
        pytest.param([10, 34, 58], [0, 300, 0], [-1, -1, -1], id="one day away is none"),
        pytest.param([10, 20], [300, 300], [-1, -1], id="nor are two events of a day"),
        pytest.param([10, 34, 58, 82], [0, 300, 310, 0], [-1, 0, 0, -1], id="two days away"),
        pytest.param([10, 34, 71], [300, 300, 300], [0, 0, -1], id="37 hours later it is over"),
        pytest.param([10, 34, 58, 82], [300, 300, 500, 500], [0, 0, 1, 1], id="far apart are two trips"),
        pytest.param([10, 34, 58], [300, 0, 300], [-1, -1, -1], id="a night at home ends it"),
        pytest.param([10, 34, 58], [300, NAN, 300], [0, 0, 0], id="a day without positions in between"),
        pytest.param([10, 34, 58], [300, 300, NAN], [0, 0, -1], id="a day without positions after"),
    ],
)
def test_trips(hours, km, trip):
    assert trips_of(hours, km)[0] == trip


def test_away_is_said_of_single_events_too():
    assert trips_of([10, 34, 58], [0, 300, 0])[1] == [False, True, False]


def test_trips_can_be_off():
    assert trips_of([10, 34], [300, 300], trip_guard_h=None) == ([-1, -1], [True, True])


def test_most_positions_decide_whether_an_event_is_away():
    far = np.array([0.0, 90, 90, 0, 0, 90, NAN])
    assert away_photos(np.array([0, 0, 0, 1, 1, 1, 2]), far, 50).tolist() == [True] * 3 + [False] * 4


def test_without_any_position_nothing_is_away():
    found = Plugin().cluster(np.arange(3) * 90_000.0, Places.unknown(3))
    assert (found.trip.tolist(), found.away.tolist()) == ([-1] * 3, [False] * 3)
