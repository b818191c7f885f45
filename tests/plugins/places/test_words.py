"""Tests of place words as positions."""

from __future__ import annotations

import pytest

from plugins.places.geocode import COARSE_M, name_positions
from plugins.places.words import look_up
from plugins.records import PlaceWords

UNKNOWN = [
    pytest.param(PlaceWords(), id="no words"),
    pytest.param(PlaceWords(city="Nowhereville"), id="no such city"),
    pytest.param(PlaceWords(sublocation="Office"), id="a sublocation alone may be anything"),
    pytest.param(PlaceWords(sublocation="Paris"), id="even if a city is called so"),
    pytest.param(PlaceWords(country="Absurdistan"), id="no such country"),
    pytest.param(PlaceWords(city="x" * 100_000), id="a name without end"),
    pytest.param(PlaceWords(city="\x00\n"), id="control characters"),
]

TOWNS = [
    pytest.param(PlaceWords(city="Paris"), 48.85, 2.35, id="most people live in this one"),
    pytest.param(PlaceWords(city="Paris", country="France"), 48.85, 2.35, id="its country agrees"),
    pytest.param(PlaceWords(city="Paris", state="TX"), 33.66, -95.56, id="state by code"),
    pytest.param(PlaceWords(city="Paris", state="Texas", country="USA"), 33.66, -95.56, id="state by name"),
    pytest.param(PlaceWords(city="Paris", country="United States"), 33.66, -95.56, id="country by name"),
    pytest.param(PlaceWords(city="Paris", country="Absurdistan"), 48.85, 2.35, id="unknown country passed over"),
    pytest.param(PlaceWords(city="London", state="Ontario"), 42.98, -81.23, id="London in Canada"),
    pytest.param(PlaceWords(city="Perth"), -31.95, 115.86, id="Perth in Australia"),
    pytest.param(PlaceWords(city="Perth", state="Scotland"), 56.40, -3.43, id="Perth in Scotland"),
    pytest.param(PlaceWords(city="Perth", country="UK"), 56.40, -3.43, id="the same by country"),
    pytest.param(PlaceWords(city="Munich"), 48.14, 11.58, id="English name"),
    pytest.param(PlaceWords(city="München", country="Deutschland"), 48.14, 11.58, id="German names"),
    pytest.param(PlaceWords(city="Mu\u0308nchen"), 48.14, 11.58, id="letter and accent apart, as macOS writes"),
    pytest.param(PlaceWords(city="MUNCHEN"), 48.14, 11.58, id="without accents, in capitals"),
    pytest.param(PlaceWords(city="Lisbon"), 38.73, -9.15, id="Lisbon in English"),
    pytest.param(PlaceWords(city="Lisboa", country="PT"), 38.73, -9.15, id="in Portuguese, country by code"),
    pytest.param(PlaceWords(city=" lisboa  ", country="PRT"), 38.73, -9.15, id="blanks, code of three letters"),
    pytest.param(PlaceWords(city="東京"), 35.69, 139.69, id="in its own script"),
    pytest.param(PlaceWords(sublocation="Belém", city="Lisbon"), 38.70, -9.19, id="a quarter of the city"),
    pytest.param(PlaceWords(sublocation="Office", city="Lisbon"), 38.73, -9.15, id="no quarter, so the city"),
    pytest.param(PlaceWords(sublocation="Paris", city="Lisbon"), 38.73, -9.15, id="too far to be a quarter"),
    pytest.param(PlaceWords(sublocation="Sintra", country="Portugal"), 38.80, -9.38, id="a place in a country"),
]

AREAS = [
    pytest.param(PlaceWords(country="Portugal"), "Portugal", id="a country"),
    pytest.param(PlaceWords(country="Croatia"), "Croatia", id="the middle of its area lies in Bosnia"),
    pytest.param(PlaceWords(country="Singapore"), "Singapore", id="a small country is as coarse"),
    pytest.param(PlaceWords(city="Nowhereville", country="Portugal"), "Portugal", id="city unknown: its country"),
    pytest.param(PlaceWords(state="Bayern"), "Germany", id="a state alone"),
    pytest.param(PlaceWords(state="California", country="USA"), "United States", id="a state and its country"),
    pytest.param(PlaceWords(state="Bayern", country="France"), "France", id="a contradiction: the country counts"),
]


@pytest.fixture(scope="module")
def found():
    """Positions of all cases, looked up at once: every look-up reads the whole table."""
    words = [case.values[0] for case in [*UNKNOWN, *TOWNS, *AREAS]]
    return dict(zip(words, look_up(words), strict=True))


@pytest.mark.parametrize(
    "words",
    UNKNOWN,
)
def test_what_is_not_understood_gives_no_position(found, words):
    assert found[words] is None


@pytest.mark.parametrize(
    ("words", "lat", "lon"),
    TOWNS,
)
def test_a_town_is_found(found, words, lat, lon):
    position = found[words]
    assert position is not None
    assert (position.lat, position.lon) == pytest.approx((lat, lon), abs=0.03)
    assert position.origin == "words"
    assert 1_000 <= position.radius_m < COARSE_M


@pytest.mark.parametrize(
    ("words", "country"),
    AREAS,
)
def test_an_area_is_coarse_and_keeps_its_country(found, words, country):
    position = found[words]
    assert position is not None
    assert position.radius_m >= COARSE_M
    (place,) = name_positions([position])
    assert place is not None
    assert place.name == country


def test_the_state_of_a_city_that_is_not_in_it_gives_the_state():
    in_texas, texas = look_up([PlaceWords(city="Lisboa", state="Texas"), PlaceWords(state="Texas")])
    assert in_texas == texas


def test_a_batch_answers_in_order():
    words = [PlaceWords(city="Lisbon"), PlaceWords(), PlaceWords(city="Munich"), PlaceWords(city="Lisbon")]
    lisbon, nothing, munich, again = look_up(words)
    assert (lisbon, nothing, munich) == (look_up(words[:1])[0], None, look_up(words[2:3])[0])
    assert again == lisbon
