"""Distances and directions on Earth, on arrays; WGS84 degrees, the sphere of mean radius."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray: TypeAlias = NDArray[np.float64]

EARTH_RADIUS_M = 6_371_008.8


def is_position(lat: float, lon: float) -> bool:
    """Say if this can be where something happened: finite, in range, and not 0/0, which cameras write for "unknown"."""
    return math.isfinite(lat) and math.isfinite(lon) and abs(lat) <= 90 and abs(lon) <= 180 and (lat, lon) != (0, 0)


def distance_m(lat_a: ArrayLike, lon_a: ArrayLike, lat_b: ArrayLike, lon_b: ArrayLike) -> FloatArray:
    """Return great-circle distances in metres (haversine); shapes broadcast, NaN in gives NaN out."""
    a, b = np.radians(np.asarray(lat_a, dtype=float)), np.radians(np.asarray(lat_b, dtype=float))
    half_lon = np.radians(np.asarray(lon_b, dtype=float) - np.asarray(lon_a, dtype=float)) / 2
    chord = np.sin((b - a) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(half_lon) ** 2
    distance: FloatArray = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(chord, 0, 1)))
    return distance


def unit_vectors(lat: ArrayLike, lon: ArrayLike) -> FloatArray:
    """Return the points of the unit sphere, shape (n, 3): straight lines between them know no date line."""
    a, o = np.radians(np.asarray(lat, dtype=float)), np.radians(np.asarray(lon, dtype=float))
    return np.stack([np.cos(a) * np.cos(o), np.cos(a) * np.sin(o), np.sin(a)], axis=-1)


def arc_m(chord: ArrayLike) -> FloatArray:
    """Return the distances in metres along the ground for straight-line distances on the unit sphere."""
    arc: FloatArray = 2 * EARTH_RADIUS_M * np.arcsin(np.clip(np.asarray(chord, dtype=float) / 2, 0, 1))
    return arc


def between(lon_a: ArrayLike, lon_b: ArrayLike, share: ArrayLike) -> FloatArray:
    """Return the longitudes at a share of the short way from `lon_a` to `lon_b`, in [-180, 180)."""
    start = np.asarray(lon_a, dtype=float)
    turn = (np.asarray(lon_b, dtype=float) - start + 180) % 360 - 180
    lon: FloatArray = (start + np.asarray(share, dtype=float) * turn + 180) % 360 - 180
    return lon
