"""Tests of reverse geocoding on places that everybody can check on a map."""

from __future__ import annotations

import pytest

from plugins.places.geocode import name_places, name_positions
from plugins.records import Position

NOWHERE = [
    pytest.param(0.0, -150.0, id="middle of the Pacific"),
    pytest.param(-80.0, 10.0, id="Antarctica"),
    pytest.param(23.5, 11.5, id="empty Sahara"),
    pytest.param(float("nan"), 10.0, id="unknown"),
    pytest.param(95.0, 10.0, id="not on Earth"),
]

SOMEWHERE = [
    pytest.param(38.7107, -9.1366, "Lisbon", "Portugal", id="Lisbon, not the quarter Baixa"),
    pytest.param(38.7979, -9.3906, "Sintra", "Portugal", id="Sintra, not Lisbon nearby"),
    pytest.param(48.8584, 2.2945, "Paris", "France", id="Eiffel tower: Paris, not Passy"),
    pytest.param(48.8049, 2.1204, "Versailles", "France", id="Versailles beside Paris"),
    pytest.param(40.7812, -73.9665, "New York City", "United States", id="Central Park: not Manhattan"),
    pytest.param(40.6782, -73.9442, "New York City", "United States", id="Brooklyn"),
    pytest.param(37.8044, -122.2712, "Oakland", "United States", id="Oakland, not San Francisco"),
    pytest.param(34.1016, -118.3267, "Los Angeles", "United States", id="Hollywood"),
    pytest.param(34.0100, -118.4962, "Santa Monica", "United States", id="a city inside a city"),
    pytest.param(48.1650, 11.5800, "Munich", "Germany", id="Schwabing is in Munich"),
    pytest.param(48.2490, 11.6510, "Garching", "Germany", id="Garching is not"),
    pytest.param(52.4987, 13.4180, "Berlin", "Germany", id="Kreuzberg"),
    pytest.param(52.4009, 13.0591, "Potsdam", "Germany", id="Potsdam beside Berlin"),
    pytest.param(51.4769, -0.0005, "London", "United Kingdom", id="Greenwich, either side of longitude 0"),
    pytest.param(41.8902, 12.4922, "Rome", "Italy", id="Colosseum"),
    pytest.param(41.9029, 12.4534, "Vatican City", "Vatican", id="a state inside a city"),
    pytest.param(43.7384, 7.4246, "Monaco", "Monaco", id="a small state"),
    pytest.param(48.5818, 7.7509, "Strasbourg", "France", id="west of the Rhine"),
    pytest.param(48.5727, 7.8155, "Kehl", "Germany", id="east of it"),
    pytest.param(31.7587, -106.4869, "El Paso", "United States", id="the larger Juárez is abroad"),
    pytest.param(46.1933, 6.2342, "Annemasse", "France", id="Geneva is abroad"),
    pytest.param(47.5622, 13.6493, "Hallstatt", "Austria", id="a village of 800"),
    pytest.param(57.1490, -2.0943, "Aberdeen", "United Kingdom", id="Scotland"),
    pytest.param(64.1466, -21.9426, "Reykjavík", "Iceland", id="names as GeoNames has them"),
    pytest.param(35.6595, 139.7005, "Tokyo", "Japan", id="Shibuya"),
    pytest.param(35.4437, 139.6380, "Yokohama", "Japan", id="Yokohama beside Tokyo"),
    pytest.param(22.2793, 114.1628, "Hong Kong", "Hong Kong", id="Shenzhen next door is larger"),
    pytest.param(27.1751, 78.0421, "Agra", "India", id="Taj Mahal"),
    pytest.param(29.9792, 31.1342, "Cairo", "Egypt", id="the pyramids stand in greater Cairo"),
    pytest.param(-33.8568, 151.2153, "Sydney", "Australia", id="opera house"),
    pytest.param(-22.9519, -43.2105, "Rio de Janeiro", "Brazil", id="Corcovado"),
    pytest.param(-54.8019, -68.3030, "Ushuaia", "Argentina", id="far south"),
    pytest.param(78.2232, 15.6267, "Longyearbyen", "Svalbard and Jan Mayen", id="far north"),
    pytest.param(-17.8000, 177.4200, "Nadi", "Fiji", id="near the date line"),
    pytest.param(66.3200, 179.9500, "Egvekinot", "Russia", id="beyond the date line"),
]


@pytest.mark.parametrize(("lat", "lon"), NOWHERE)
def test_where_nobody_lives_there_is_no_name(lat, lon):
    assert name_places([lat], [lon]) == (None,)


@pytest.mark.parametrize(("lat", "lon", "name", "country"), SOMEWHERE)
def test_named_as_people_call_it(lat, lon, name, country):
    (place,) = name_places([lat], [lon])
    assert place is not None
    assert (place.name, place.country) == (name, country)
    assert 0 <= place.distance_m <= 50_000


def test_a_batch_keeps_the_order_and_names_each_as_alone():
    cases = [case.values for case in [*SOMEWHERE, *NOWHERE, *SOMEWHERE]]
    together = name_places([case[0] for case in cases], [case[1] for case in cases])
    assert together == tuple(name_places([case[0]], [case[1]])[0] for case in cases)


def test_no_photos_have_no_places():
    assert name_places([], []) == ()
    assert name_positions([]) == ()


def test_how_far_off_a_place_may_be_is_a_setting():
    assert name_places([64.3104], [-20.3024], max_distance_m=10_000) == (None,)
    (place,) = name_places([64.3104], [-20.3024])
    assert place is not None
    assert place.country == "Iceland"


def test_a_coarse_position_names_its_country_only():
    exact, coarse, unknown = name_positions([Position(38.71, -9.14), Position(38.71, -9.14, 300_000, "words"), None])
    assert exact is not None
    assert coarse is not None
    assert (exact.name, exact.country_code, exact.population > 400_000) == ("Lisbon", "PT", True)
    assert (coarse.name, coarse.country, coarse.population) == ("Portugal", "Portugal", 0)
    assert unknown is None
