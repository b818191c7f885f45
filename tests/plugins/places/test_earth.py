"""Tests of distances on Earth."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.places.earth import arc_m, between, distance_m, is_position, unit_vectors

DEGREE_M = 111_195


@pytest.mark.parametrize(
    ("here", "there", "metres"),
    [
        pytest.param((38.7, -9.1), (38.7, -9.1), 0, id="one place is no distance apart"),
        pytest.param((0, 0), (1, 0), DEGREE_M, id="a degree of latitude"),
        pytest.param((60, 10), (60, 11), DEGREE_M / 2, id="a degree of longitude is half as long at 60 degrees"),
        pytest.param((0, 179.5), (0, -179.5), DEGREE_M, id="the date line is no wall"),
        pytest.param((90, 0), (90, 123), 0, id="there is one north pole"),
        pytest.param((0, 0), (0, 180), 180 * DEGREE_M, id="half way round"),
    ],
)
def test_distance(here, there, metres):
    assert float(distance_m(*here, *there)) == pytest.approx(metres, rel=2e-4, abs=1e-3)
    chord = np.linalg.norm(unit_vectors(*here) - unit_vectors(*there))
    assert float(arc_m(chord)) == pytest.approx(metres, rel=2e-4, abs=1e-3)


@pytest.mark.parametrize(
    ("lat", "lon", "possible"),
    [
        pytest.param(0.0, 10.0, True, id="the equator is a place"),
        pytest.param(-90.0, 180.0, True, id="the edges are places"),
        pytest.param(0.0, 0.0, False, id="cameras write 0/0 for unknown"),
        pytest.param(float("nan"), 10.0, False, id="not a number"),
        pytest.param(10.0, float("inf"), False, id="endless"),
        pytest.param(90.1, 10.0, False, id="beyond the pole"),
        pytest.param(10.0, 180.1, False, id="once round too far"),
    ],
)
def test_is_position(lat, lon, possible):
    assert is_position(lat, lon) is possible


@pytest.mark.parametrize(
    ("start", "end", "share", "lon"),
    [
        pytest.param(10, 20, 0.25, 12.5, id="plain"),
        pytest.param(179, -179, 0.75, -179.5, id="eastward over the date line"),
        pytest.param(-179, 179, 0.75, 179.5, id="westward over the date line"),
    ],
)
def test_between_takes_the_short_way(start, end, share, lon):
    assert float(between(start, end, share)) == pytest.approx(lon)
