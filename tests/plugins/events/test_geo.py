"""Distances, medians and filled positions, also where longitudes wrap and meridians meet."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.events._geo import distance_km, fill_from_neighbours, median_position, offsets_km

NAN = np.nan


@pytest.mark.parametrize(
    ("a", "b", "km"),
    [
        pytest.param((48, 11), (48, 11), 0, id="same place"),
        pytest.param((0, 0), (0, 1), 111.195, id="a degree of the equator"),
        pytest.param((0, 179.5), (0, -179.5), 111.195, id="over the date line"),
        pytest.param((89.5, 0), (89.5, 180), 111.195, id="over the pole"),
        pytest.param((90, 0), (90, 123), 0, id="all longitudes meet at the pole"),
        pytest.param((0, 0), (0, 180), 20_015.114, id="the other side of the Earth"),
        pytest.param((48.1374, 11.5755), (52.52, 13.405), 504.4, id="Munich to Berlin"),
    ],
)
def test_distance(a, b, km):
    here, there = (np.array([[x] for x in place], dtype=float) for place in (a, b))
    assert distance_km(*here, *there)[0] == pytest.approx(km, abs=0.3)


def test_offsets_are_local_kilometres():
    east, north = offsets_km(np.array([60.0, 60.01]), np.array([-179.99, 180.0]), np.array([60.0]), np.array([180.0]))
    assert east == pytest.approx([0.556, 0], abs=0.001)
    assert north == pytest.approx([0, 1.112], abs=0.001)


@pytest.mark.parametrize(
    ("lat", "lon", "median"),
    [
        pytest.param([], [], None, id="nothing known"),
        pytest.param([48, 48.2, -33], [11, 11.2, 151], (48, 11.2), id="one far journey moves it little"),
        pytest.param([0, 0, 0], [179, -179, 178], (0, 179), id="home at the date line"),
        pytest.param([0, 0, 0], [539, 181, 178], (0, 179), id="longitudes written with more turns"),
    ],
)
def test_median_position(lat, lon, median):
    found = median_position(np.array(lat, dtype=float), np.array(lon, dtype=float))
    assert found == (None if median is None else pytest.approx(median))


@pytest.mark.parametrize(
    ("times", "lat", "filled"),
    [
        pytest.param([0, 10], [1, 2], [1, 2], id="nothing to fill"),
        pytest.param([0, 10], [NAN, NAN], [NAN, NAN], id="nothing to fill from"),
        pytest.param([0, 10, 40], [1, NAN, 5], [1, 2, 5], id="in proportion of time between two"),
        pytest.param([0, 10], [1, NAN], [1, 1], id="as the one before"),
        pytest.param([0, 10], [NAN, 1], [1, 1], id="as the one after"),
        pytest.param([0, 101], [1, NAN], [1, NAN], id="too far away in time"),
        pytest.param([0, 100, 150], [1, NAN, 5], [1, 1 + 4 / 1.5, 5], id="just near enough"),
        pytest.param([0, 100, 201], [1, NAN, 5], [1, 1, 5], id="only one of two near enough"),
        pytest.param([0, 0, 0], [1, NAN, 5], [1, 1, 5], id="same second"),
    ],
)
def test_fill_from_neighbours(times, lat, filled):
    lat = np.array(lat, dtype=float)
    found_lat, found_lon = fill_from_neighbours(np.array(times, dtype=float), lat, 2 * lat, 100)
    assert found_lat.tolist() == pytest.approx(filled, nan_ok=True)
    assert found_lon.tolist() == pytest.approx([2 * x for x in filled], nan_ok=True)


def test_filling_goes_the_short_way_round_and_can_be_off():
    times, lat, lon = np.array([0.0, 10, 20]), np.array([0.0, NAN, 0]), np.array([179.0, NAN, -179])
    assert abs(fill_from_neighbours(times, lat, lon, 60)[1][1]) == pytest.approx(180)
    assert np.isnan(fill_from_neighbours(times, lat, lon, 0)[1][1])
