"""Trips: a second run of claim 4 over events away from home."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from plugins.events import BoolArray, FloatArray, IntArray
from plugins.events._geo import distance_km
from plugins.events._time_place import MergeRules, second_piles


@dataclass(frozen=True, slots=True)
class TripRules:
    """When neighbouring events are one trip.

    Args:
        away_km: an event is away when most of its positions are farther than this from home.
        near_km, far_km: bounds of the distance threshold, which is `share` of the distance from home.
        share: see above, 0 to 1.
        guard_s: longest time between two events of a trip, in seconds; None makes no trips.
        min_days: local calendar days that a trip must touch.
    """

    away_km: float
    near_km: float
    far_km: float
    share: float
    guard_s: float | None
    min_days: int


def away_photos(event: IntArray, from_home_km: FloatArray, away_km: float) -> BoolArray:
    """Say which photos belong to events away from home.

    An event without a position counts as away when the positioned events before and after it both are.

    Args:
        event: event of each photo, numbered from 0, ascending, shape (n,).
        from_home_km: distance of each photo from home, NaN where unknown, shape (n,).
        away_km: distance from which a photo is away.
    """
    if len(event) == 0:
        return np.zeros(0, dtype=np.bool_)
    first = np.flatnonzero(np.diff(event, prepend=-1))
    known = np.add.reduceat(np.isfinite(from_home_km).astype(np.int64), first)
    far = np.add.reduceat((np.nan_to_num(from_home_km, nan=0.0) > away_km).astype(np.int64), first)
    away, index = 2 * far > known, np.arange(len(first))
    before = np.maximum.accumulate(np.where(known > 0, index, -1))
    after = np.minimum.accumulate(np.where(known > 0, index, len(first))[::-1])[::-1]
    between = (before >= 0) & (after < len(first))
    inside = away[np.maximum(before, 0)] & away[np.minimum(after, len(first) - 1)]
    return np.asarray(np.where(known > 0, away, between & inside)[event])


def trips(
    taken_s: FloatArray, event: IntArray, lat: FloatArray, lon: FloatArray, home: tuple[float, float] | None,
    day: IntArray, rules: TripRules,
) -> tuple[IntArray, BoolArray]:  # fmt: skip
    """Group events away from home into trips of two events and `min_days` days at least.

    Args:
        taken_s: capture times in seconds, ascending, shape (n,).
        event: event of each photo, numbered from 0, ascending, shape (n,).
        lat, lon: degrees, NaN where unknown, shape (n,).
        home: latitude and longitude in degrees, or None, which makes nothing away.
        day: local calendar day of each photo, shape (n,).
        rules: thresholds.

    Returns:
        Trip of each photo, numbered from 0 in time order, -1 for none, and whether its event is away, each (n,).
    """
    none = np.full(len(event), -1, dtype=np.int64)
    if home is None or len(event) == 0:
        return none, np.zeros(len(event), dtype=np.bool_)
    from_home_km = distance_km(home[0], home[1], lat, lon)
    away = away_photos(event, from_home_km, rules.away_km)
    if rules.guard_s is None:
        return none, away
    limit_km = np.clip(rules.share * np.nan_to_num(from_home_km, nan=0.0), rules.near_km, rules.far_km)
    merge = MergeRules(limit_km, None, True, rules.guard_s, True, rules.guard_s)
    joined = second_piles(taken_s, event, lat, lon, np.zeros(len(event)), merge)
    return _worth_a_trip(joined, away, event, day, rules.min_days), away


def _worth_a_trip(joined: IntArray, away: BoolArray, event: IntArray, day: IntArray, min_days: int) -> IntArray:
    """Number the runs of joined events away that are long enough; -1 elsewhere."""
    changed = (np.diff(joined, prepend=-1) != 0) | (np.diff(away.astype(np.int64), prepend=-1) != 0)
    first = np.flatnonzero(changed)
    last = np.append(first[1:], len(event)) - 1
    days = np.maximum.reduceat(day, first) - np.minimum.reduceat(day, first) + 1
    worth = away[first] & (event[last] > event[first]) & (days >= min_days)
    return np.repeat(np.where(worth, np.cumsum(worth) - 1, -1), last - first + 1)
