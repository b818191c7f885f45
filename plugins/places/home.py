"""Where somebody lives, as far as their photos say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import product

import numpy as np
from numpy.typing import ArrayLike

from plugins.places.earth import EARTH_RADIUS_M, FloatArray, distance_m, is_position, unit_vectors

_CELL_M = 500.0
_EVENING_H, _MORNING_H = 18, 9
"""Between these hours people are at home, or at the hotel; by day they are out with the camera."""
_MIN_DAYS, _MIN_SPAN_DAYS = 3, 14
"""A holiday's hotel is not home: home is seen on several days over more than a fortnight."""


def find_home(lat: ArrayLike, lon: ArrayLike, taken_local: Sequence[datetime]) -> tuple[float, float] | None:
    """Find the place where photos are taken in most weeks, counting evenings, nights and mornings first.

    Weeks, not photos or days, because one holiday gives more photos than a month at home and as many days. Not the
    median of all positions: with two homes, or many journeys, that is a spot where nobody ever was.

    Args:
        lat, lon: degrees, NaN where unknown, shape (n,). Leave out coarse positions.
        taken_local: wall times in the same order.
    Returns:
        Latitude and longitude in degrees; None when no place was visited often enough and long enough.
    """
    lats, lons = np.asarray(lat, dtype=float), np.asarray(lon, dtype=float)
    known = [row for row in range(len(lats)) if is_position(lats[row], lons[row])]
    at_rest = [row for row in known if not _MORNING_H <= taken_local[row].hour < _EVENING_H]
    for rows in (at_rest, known):
        home = _most_lived_in(lats[rows], lons[rows], [taken_local[row].date() for row in rows])
        if home is not None:
            return home
    return None


def is_home(lat: float, lon: float, home: tuple[float, float] | None, radius_km: float = 0.5) -> bool:
    """Say if a position is at home; never when either is unknown."""
    if home is None or not is_position(lat, lon):
        return False
    return float(distance_m(lat, lon, *home)) <= 1_000 * radius_km


def _most_lived_in(lat: FloatArray, lon: FloatArray, days: Sequence[date]) -> tuple[float, float] | None:
    rows_of = _cells(lat, lon)
    days_of = {cell: {days[row] for row in rows} for cell, rows in rows_of.items()}
    best: tuple[int, int, int] | None = None
    home: tuple[int, ...] | None = None
    for cell in sorted(rows_of):  # sorted, so that a draw goes the same way in every run
        seen = set().union(*(days_of.get(near, ()) for near in _around(cell)))
        if len(seen) < _MIN_DAYS or (max(seen) - min(seen)).days < _MIN_SPAN_DAYS:
            continue
        rank = (len({day.isocalendar()[:2] for day in seen}), len(seen), len(rows_of[cell]))
        if best is None or rank > best:
            best, home = rank, cell
    return None if home is None else _middle(lat[rows_of[home]], lon[rows_of[home]])


def _cells(lat: FloatArray, lon: FloatArray) -> dict[tuple[int, ...], list[int]]:
    """Group rows by cubes of space: those have no date line and no poles."""
    rows_of: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for row, cube in enumerate(np.floor(unit_vectors(lat, lon) * (EARTH_RADIUS_M / _CELL_M)).astype(int).tolist()):
        rows_of[tuple(cube)].append(row)
    return rows_of


def _around(cell: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Yield a cube and the 26 that touch it: a home on the edge between two must not be cut in half."""
    for step in product((-1, 0, 1), repeat=3):
        yield tuple(at + by for at, by in zip(cell, step, strict=True))


def _middle(lat: FloatArray, lon: FloatArray) -> tuple[float, float]:
    from_first = (lon - lon[0] + 180) % 360 - 180
    return float(np.median(lat)), float((lon[0] + np.median(from_first) + 180) % 360 - 180)
