"""Reverse geocoding without a network: the populated place at a position, as people would call it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree  # type: ignore[import-untyped, unused-ignore]

from plugins.places.earth import FloatArray, arc_m, unit_vectors
from plugins.places.table import country_names, place_table, reach_m
from plugins.records import Position

COARSE_M = 50_000
"""A position that may be this far off names a country, not a town."""
_TIERS = (0, 10_000, 100_000, 1_000_000)
"""Smallest population per search tree: a metropolis is found behind any number of its own quarters."""
_PER_TIER = 8


@dataclass(frozen=True, slots=True)
class Place:
    """A populated place with its country, named as GeoNames has them, and how far off its centre is.

    A place that is known only by its country has the country's name and nobody in it.
    """

    name: str
    country: str
    country_code: str
    population: int = 0
    distance_m: float = 0.0


def name_places(lat: ArrayLike, lon: ArrayLike, max_distance_m: float = 50_000) -> tuple[Place | None, ...]:
    """Name the place at each position.

    The country is that of the nearest place. Within it the place wins whose edge is nearest, or which reaches furthest
    over the position, where a place reaches as far as its people need room: the Eiffel tower is in Paris although
    the centre of Passy is nearer.

    Args:
        lat, lon: degrees, shape (n,); NaN where unknown.
        max_distance_m: how far off the centre of a place may be.
    Returns:
        The places, length n; None where the position is unknown or nobody lives near it.
    """
    points = np.column_stack([np.atleast_1d(np.asarray(c, dtype=float)) for c in (lat, lon)])
    # A step of 0.0005 degrees is 55 m: no name changes within it, and photos of one stay are looked up once.
    cells, cell_of = np.unique(np.round(points * 2_000) / 2_000, axis=0, return_inverse=True)
    named = [None] * len(cells) if len(cells) == 0 else _name_cells(cells, max_distance_m)
    return tuple(named[cell] for cell in cell_of.ravel())


def name_positions(positions: Sequence[Position | None], max_distance_m: float = 50_000) -> tuple[Place | None, ...]:
    """Name the place of each position; one that is `COARSE_M` off or more gives its country only."""
    lat = [np.nan if p is None else p.lat for p in positions]
    lon = [np.nan if p is None else p.lon for p in positions]
    places = name_places(lat, lon, max_distance_m)
    return tuple(
        _country_of(place) if place and position and position.radius_m >= COARSE_M else place
        for place, position in zip(places, positions, strict=True)
    )


def _country_of(place: Place) -> Place:
    return Place(place.country, place.country, place.country_code)


def _name_cells(cells: FloatArray, max_distance_m: float) -> list[Place | None]:
    named: list[Place | None] = [None] * len(cells)
    known = np.flatnonzero(np.isfinite(cells).all(axis=1) & (np.abs(cells[:, 0]) <= 90))
    for start in range(0, len(known), 20_000):
        part = known[start : start + 20_000]
        for cell, row, off_m in zip(part, *_best_rows(cells[part], max_distance_m), strict=True):
            if row >= 0:
                named[cell] = _place(int(row), float(off_m))
    return named


def _best_rows(cells: FloatArray, max_distance_m: float) -> tuple[NDArray[np.intp], FloatArray]:
    table = place_table()
    rows, off_m = _candidates(unit_vectors(cells[:, 0], cells[:, 1]))
    here = table.country[rows[:, :1]]  # the first candidate is the nearest place of any size
    beyond_m = off_m - reach_m(table.population[rows])
    beyond_m[(table.country[rows] != here) | (off_m > max_distance_m)] = np.inf
    best = beyond_m.argmin(axis=1)[:, None]
    found = np.isfinite(np.take_along_axis(beyond_m, best, axis=1))
    best_rows = np.where(found, np.take_along_axis(rows, best, axis=1), -1)
    return best_rows[:, 0], np.take_along_axis(off_m, best, axis=1)[:, 0]


def _candidates(points: FloatArray) -> tuple[NDArray[np.intp], FloatArray]:
    rows, off_m = [], []
    for tree, tree_rows in _trees():
        chord, near = tree.query(points, k=_PER_TIER)
        rows.append(tree_rows[near])
        off_m.append(arc_m(chord))
    return np.hstack(rows), np.hstack(off_m)


@cache
def _trees() -> tuple[tuple[cKDTree, NDArray[np.intp]], ...]:
    # scipy's tree on unit vectors: imports three times as fast as scikit-learn's ball tree, and knows no date line.
    table = place_table()
    points = unit_vectors(table.lat, table.lon)
    tiers = [np.flatnonzero(table.population >= people) for people in _TIERS]
    return tuple((cKDTree(points[rows]), rows) for rows in tiers)


def _place(row: int, off_m: float) -> Place:
    table = place_table()
    code = str(table.country[row])
    return Place(table.name[row], country_names().get(code, code), code, int(table.population[row]), off_m)
