"""Distances and positions on the globe, for arrays: degrees in, kilometres out."""

from __future__ import annotations

import numpy as np

from plugins.events import FloatArray

EARTH_KM = 6371.0088
KM_PER_DEGREE = EARTH_KM * np.pi / 180


def wrap_degrees(degrees: FloatArray) -> FloatArray:
    """Bring differences of longitude into -180 (included) to 180 degrees, so that the date line is no wall."""
    return (degrees + 180.0) % 360.0 - 180.0


def distance_km(
    lat_a: FloatArray | float, lon_a: FloatArray | float, lat_b: FloatArray, lon_b: FloatArray
) -> FloatArray:
    """Return the great-circle distance in kilometres (haversine) of positions in degrees; NaN where one is unknown."""
    phi_a, phi_b = np.radians(lat_a), np.radians(lat_b)
    half_lat, half_lon = (phi_b - phi_a) / 2, np.radians(wrap_degrees(np.subtract(lon_b, lon_a))) / 2
    chord = np.sin(half_lat) ** 2 + np.cos(phi_a) * np.cos(phi_b) * np.sin(half_lon) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(chord, 0.0, 1.0))))


def offsets_km(lat: FloatArray, lon: FloatArray, lat_0: FloatArray, lon_0: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return kilometres east and north of reference positions, local equirectangular, right across the date line."""
    east = wrap_degrees(np.subtract(lon, lon_0)) * np.cos(np.radians(lat_0)) * KM_PER_DEGREE
    return east, np.subtract(lat, lat_0) * KM_PER_DEGREE


def median_position(lat: FloatArray, lon: FloatArray) -> tuple[float, float] | None:
    """Return the median latitude and longitude of known positions, or None if there are none.

    Longitudes are unrolled around their circular mean first, so that a home on the date line has a median.
    """
    if len(lat) == 0:
        return None
    angle = np.radians(lon)
    middle = float(np.degrees(np.arctan2(np.sin(angle).mean(), np.cos(angle).mean())))
    median_lon = middle + float(np.median(wrap_degrees(lon - middle)))
    return float(np.median(lat)), float(wrap_degrees(np.asarray(median_lon)))


def fill_from_neighbours(
    taken_s: FloatArray, lat: FloatArray, lon: FloatArray, limit_s: float
) -> tuple[FloatArray, FloatArray]:
    """Give photos without a position one from the photos around them.

    Args:
        taken_s: capture times in seconds, ascending, shape (n,).
        lat, lon: degrees, NaN where unknown, shape (n,).
        limit_s: how far away in time a neighbour may be, in seconds; 0 fills nothing.

    Returns:
        Latitudes and longitudes: in proportion of time between two neighbours within the limit, as the neighbour
        where there is only one, and still NaN where there is none.
    """
    known = np.flatnonzero(np.isfinite(lat))
    gaps = np.flatnonzero(~np.isfinite(lat))
    if limit_s <= 0 or len(known) == 0 or len(gaps) == 0:
        return lat, lon
    after = np.searchsorted(known, gaps)
    left, right = known[np.maximum(after - 1, 0)], known[np.minimum(after, len(known) - 1)]
    since, until = taken_s[gaps] - taken_s[left], taken_s[right] - taken_s[gaps]
    has_left, has_right = (left < gaps) & (since <= limit_s), (right > gaps) & (until <= limit_s)
    span = np.where(has_left & has_right & (since + until > 0), since + until, np.inf)
    share = np.where(has_left & has_right, since / span, np.where(has_left, 0.0, 1.0))
    found = has_left | has_right
    out_lat, out_lon = lat.copy(), lon.copy()
    step = wrap_degrees(lon[right] - lon[left])
    out_lat[gaps[found]] = (lat[left] + share * (lat[right] - lat[left]))[found]
    out_lon[gaps[found]] = wrap_degrees(lon[left] + share * step)[found]
    return out_lat, out_lon
