"""Claims 2 to 4 on hand-made cases, with the readings A1 to A7."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.events._geo import KM_PER_DEGREE
from plugins.events._time_place import (
    MergeRules,
    day_reach,
    first_piles,
    first_piles_unassigned,
    local_days,
    second_piles,
    window_reach,
)

NAN = np.nan
DAY_S = 86_400


def piles_of(times, gap=10, similarity=1_000, window=10_000, **reading):
    times = np.asarray(times, dtype=float)
    return first_piles(times, window_reach(times, window), gap, similarity, **reading).tolist()


@pytest.mark.parametrize(
    ("times", "piles"),
    [
        pytest.param([], [], id="no photo"),
        pytest.param([5], [0], id="one photo"),
        pytest.param([0, 10, 20], [0, 0, 0], id="a gap of just the threshold joins"),
        pytest.param([0, 10, 20.5], [0, 0, 1], id="a longer gap starts a pile"),
        pytest.param([0, 0, 0], [0, 0, 0], id="same second"),
        pytest.param([0, 11, 22], [0, 1, 2], id="every photo alone"),
    ],
)
def test_first_piles_cut_at_gaps(times, piles):
    assert piles_of(times) == piles


@pytest.mark.parametrize(
    ("similarity", "piles"),
    [
        pytest.param(15, [0, 0, 0, 1], id="mean of 20 and 10 is just the threshold; mean of 30, 20, 10 is not"),
        pytest.param(14, [0, 0, 1, 1], id="a failed test closes the pile, and the next one begins anew (A3)"),
        pytest.param(20, [0, 0, 0, 0], id="deviation is from the photo's own time: 20, not 10 as from the mean"),
        pytest.param(9, [0, 1, 2, 3], id="even one neighbour is too far"),
    ],
)
def test_first_piles_test_the_mean_deviation(similarity, piles):
    assert piles_of([0, 10, 20, 30], similarity=similarity) == piles


@pytest.mark.parametrize(
    ("window", "similarity", "piles"),
    [
        pytest.param(10, 10, [0, 0, 0, 0], id="only the neighbour lies in the range, 10 away"),
        pytest.param(20, 10, [0, 0, 1, 1], id="two lie in the range, 15 away on average"),
        pytest.param(5, 10, [0, 0, 0, 0], id="nobody in the range: the deviation is the gap (A4)"),
        pytest.param(5, 9, [0, 1, 2, 3], id="nobody in the range, and the gap is too long"),
    ],
)
def test_window_limits_what_is_compared(window, similarity, piles):
    assert piles_of([0, 10, 20, 30], window=window, similarity=similarity) == piles


def test_current_photo_may_count_itself():
    assert piles_of([0, 10], similarity=5) == [0, 1]
    assert piles_of([0, 10], similarity=5, count_current=True) == [0, 0]


def test_steady_shooting_is_capped_at_twice_the_similarity():
    piles = np.array(piles_of(np.arange(0, 1_000, 5), similarity=100))
    # With photos every 5, the k-th of a pile has a mean deviation of 2.5 (k + 1): 39 more join the first.
    assert np.unique(piles, return_counts=True)[1].tolist() == [40] * 5


def test_unassigned_reading_makes_the_test_vacuous():
    times = np.arange(0, 200, 10.0)
    reach = window_reach(times, 10_000)
    assert first_piles_unassigned(times, reach, 10, 10).tolist() == [0] * 20
    assert max(first_piles(times, reach, 10, 10).tolist()) > 0


@pytest.mark.parametrize(
    ("similarity", "piles"),
    [
        pytest.param(60, [0, 1, 1], id="mean of 110 and 10"),
        pytest.param(59, [0, 1, 2], id="the photo alone long before spoils it"),
    ],
)
def test_unassigned_reading_looks_back_to_photos_left_alone(similarity, piles):
    times = np.array([0.0, 100, 110])
    assert first_piles_unassigned(times, window_reach(times, 1e9), 50, similarity).tolist() == piles
    assert first_piles_unassigned(times, window_reach(times, 50), 50, similarity).tolist() == [0, 1, 1]


def test_days_end_at_the_roll_over_on_the_local_clock():
    midnight, hour = 100 * DAY_S, 3_600
    taken = np.array([midnight - 1, midnight + 3.99 * hour, midnight + 4 * hour, midnight + 10 * hour])
    assert local_days(taken, np.zeros(4), 4 * hour).tolist() == [99, 99, 100, 100]
    assert local_days(taken, np.full(4, 1.0 * hour), 4 * hour).tolist() == [99, 100, 100, 100]
    assert local_days(taken, np.zeros(4), 0).tolist() == [99, 100, 100, 100]


def test_day_range_looks_back_to_the_first_photo_of_the_day():
    assert day_reach(np.array([7, 7, 8, 8, 8, 7])).tolist() == [0, 0, 2, 2, 2, 5]
    assert day_reach(np.zeros(0, dtype=np.int64)).tolist() == []


def merged(km, pile, times=None, radius_km=0.0, lon=None, **rules):
    """Merge piles along a meridian; `km` north of the equator."""
    n = len(km)
    given = {"spread_km2": None, "mean": True, "nogps_gap_s": 0.0, "nearest_gps": True, "guard_s": None} | rules
    distance = np.full(n, float(given.pop("distance_km", 1.0)))
    lat = np.asarray(km, dtype=float) / KM_PER_DEGREE
    lon = np.where(np.isnan(lat), NAN, 0.0 if lon is None else lon)
    times = np.arange(n, dtype=float) if times is None else np.asarray(times, dtype=float)
    radius = np.broadcast_to(np.asarray(radius_km, dtype=float), (n,))
    return second_piles(times, np.asarray(pile), lat, lon, radius, MergeRules(distance, **given)).tolist()


@pytest.mark.parametrize(
    ("km", "pile", "events"),
    [
        pytest.param([], [], [], id="no photo"),
        pytest.param([0], [0], [0], id="one pile"),
        pytest.param([0, 0.9], [0, 1], [0, 0], id="near"),
        pytest.param([0, 1.1], [0, 1], [0, 1], id="far"),
        pytest.param([50, 0, 0.5], [0, 0, 1], [0, 0, 0], id="only the last photo of A counts"),
        pytest.param([0, 50, 0.5], [0, 0, 1], [0, 0, 1], id="its first does not"),
        pytest.param([0, 0.9, 1.8, 2.7], [0, 1, 2, 3], [0, 0, 0, 0], id="A grows from left to right"),
        pytest.param([0, 5, 5.1, 0], [0, 1, 2, 3], [0, 1, 1, 2], id="no return to a closed pile"),
    ],
)
def test_second_piles_test_the_distance(km, pile, events):
    assert merged(km, pile) == events


@pytest.mark.parametrize(
    ("rules", "events"),
    [
        # S = {0, 1, 1} km: mean 2/3, squares 4/9 + 1/9 + 1/9 = 2/3 km², a third of it a photo.
        pytest.param({"mean": False, "spread_km2": 0.67}, [0, 0, 0, 0], id="sum within"),
        pytest.param({"mean": False, "spread_km2": 0.66}, [0, 0, 1, 1], id="sum beyond"),
        pytest.param({"mean": True, "spread_km2": 0.23}, [0, 0, 0, 0], id="mean within (A5)"),
        pytest.param({"mean": True, "spread_km2": 0.22}, [0, 0, 1, 1], id="mean beyond (A5)"),
        pytest.param({"mean": True, "spread_km2": None}, [0, 0, 0, 0], id="square of the distance threshold"),
    ],
)
def test_second_piles_test_the_spread_of_last_of_a_and_b(rules, events):
    assert merged([9, 0, 1, 1], [0, 0, 1, 1], distance_km=1.01, **rules) == events


@pytest.mark.parametrize(
    ("km", "rules", "events"),
    [
        pytest.param([NAN, 0], {}, [0, 1], id="no position in A: not merged, word by word"),
        pytest.param([0, NAN], {}, [0, 1], id="nor in B"),
        pytest.param([0, NAN], {"nogps_gap_s": 100}, [0, 0], id="merged up to the gap"),
        pytest.param([0, NAN], {"nogps_gap_s": 99}, [0, 1], id="not beyond it"),
        pytest.param([0, NAN], {"nogps_gap_s": 100, "guard_s": 99}, [0, 1], id="nor beyond the guard"),
        pytest.param([0, 9], {"nogps_gap_s": 100}, [0, 1], id="known places decide before the gap does"),
    ],
)
def test_piles_without_a_position(km, rules, events):
    assert merged(km, [0, 1], times=[0, 100], **rules) == events


@pytest.mark.parametrize(
    ("nearest", "events"), [pytest.param(True, [0] * 4, id="default"), pytest.param(False, [0, 0, 1, 1], id="strict")]
)
def test_nearest_positioned_photos_stand_for_their_piles(nearest, events):
    assert merged([0, NAN, NAN, 0.5], [0, 0, 1, 1], nearest_gps=nearest) == events


def test_last_position_of_the_grown_pile_counts_but_not_of_a_closed_one():
    assert merged([0, NAN, 9], [0, 1, 2], times=[0, 10, 20], nogps_gap_s=50) == [0, 0, 1]
    assert merged([0, NAN, 9], [0, 1, 2], times=[0, 100, 110], nogps_gap_s=50) == [0, 1, 1]


@pytest.mark.parametrize(("guard", "events"), [(None, [0, 0]), (100, [0, 0]), (99, [0, 1])])
def test_guard_bounds_the_gap(guard, events):
    assert merged([0, 0], [0, 1], times=[0, 100], guard_s=guard) == events


def test_radius_widens_the_thresholds():
    assert merged([0, 5], [0, 1], radius_km=[0, 3.9]) == [0, 1]
    assert merged([0, 5], [0, 1], radius_km=[0, 4]) == [0, 0]
    assert merged([0, 5], [0, 1], radius_km=2) == [0, 0]


def test_date_line_is_no_wall():
    assert merged([0, 0], [0, 1], lon=np.array([179.999, -179.999])) == [0, 0]
    assert merged([0, 0], [0, 1], lon=np.array([179.9, -179.9])) == [0, 1]
