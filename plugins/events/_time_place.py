"""Claims 2 to 4 of patent 000 on arrays: first piles by time, second piles by place."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np

from plugins.events import BoolArray, FloatArray, IntArray
from plugins.events._geo import distance_km, offsets_km

DAY_S = 86_400.0


def window_reach(taken_s: FloatArray, window_s: float) -> IntArray:
    """Return, for each photo, the first photo of its creation-time range read as a sliding window (A2).

    Args:
        taken_s: capture times in seconds, ascending, shape (n,).
        window_s: how far back the range goes, in seconds.
    """
    return np.searchsorted(taken_s, taken_s - window_s, side="left")


def local_days(taken_s: FloatArray, utc_offset_s: FloatArray, roll_over_s: float) -> IntArray:
    """Return the local calendar day of each photo, counted from 1 January 1970; a day ends at `roll_over_s`."""
    return np.floor((taken_s + utc_offset_s - roll_over_s) / DAY_S).astype(np.int64)


def day_reach(day: IntArray) -> IntArray:
    """Return, for each photo, the first photo of its creation-time range read as a calendar day (A2), shape (n,)."""
    starts = np.flatnonzero(np.diff(day, prepend=day[:1] - 1))
    return np.repeat(starts, np.diff(starts, append=len(day)))


def first_piles(
    taken_s: FloatArray, reach: IntArray, gap_s: float, similarity_s: float, count_current: bool = False
) -> IntArray:
    """Number photos by first pile (claims 2 and 3).

    A photo joins the pile of the one before it when it follows within `gap_s` and the mean absolute deviation of the
    creation times of U from its own is at most `similarity_s`; else it starts a pile (A3). U are the photos of the
    growing pile that lie in the photo's creation-time range (A1, read as "not in a closed pile"); where U is empty
    the deviation is the gap itself (A4).

    Args:
        taken_s: capture times in seconds, ascending, shape (n,).
        reach: first photo of each photo's creation-time range, shape (n,).
        gap_s: the claim's time threshold in seconds.
        similarity_s: the claim's time similarity threshold in seconds.
        count_current: count the photo itself, with deviation 0, among U (the other reading of A4).

    Returns:
        Pile of each photo, numbered from 0, shape (n,).
    """
    if len(taken_s) == 0:
        return np.zeros(0, dtype=np.int64)
    starts = np.diff(taken_s, prepend=taken_s[:1]) > gap_s
    starts[:1] = True
    runs = np.append(np.flatnonzero(starts), len(taken_s))
    # A run no longer than the threshold is one pile: no deviation in it can be larger than its length.
    long_runs = np.flatnonzero(taken_s[runs[1:] - 1] - taken_s[runs[:-1]] > similarity_s)
    for run in long_runs:
        first, stop = int(runs[run]), int(runs[run + 1])
        starts[_breaks(taken_s[first:stop], reach[first:stop] - first, similarity_s, count_current) + first] = True
    return np.cumsum(starts) - 1


def _breaks(taken_s: FloatArray, reach: IntArray, similarity_s: float, count_current: bool) -> IntArray:
    """Return the photos of a run without gaps that start a new pile because they fail the deviation test."""
    times = (taken_s - taken_s[0]).tolist()
    before = np.concatenate(([0.0], np.cumsum(taken_s - taken_s[0]))).tolist()  # sum of the times before each photo
    extra = int(count_current)
    start, breaks = 0, []
    for i, (time, low) in enumerate(zip(times, np.maximum(reach, 0).tolist(), strict=True)):
        low = max(low, start)  # noqa: PLW2901 -- U begins where both the pile and the range have begun
        n = i - low
        deviations = n * time - (before[i] - before[low]) if n else time - times[max(i - 1, 0)]
        if deviations > similarity_s * (n + extra if n else 1):
            start = i
            breaks.append(i)
    return np.asarray(breaks, dtype=np.int64)


def first_piles_unassigned(taken_s: FloatArray, reach: IntArray, gap_s: float, similarity_s: float) -> IntArray:
    """Number photos by first pile with U read word by word: the photos before that are in no pile yet (A1 b).

    U then holds only photos that stayed alone, and is empty after the first join, which makes the test little more
    than the gap. Arguments and result as for `first_piles`.
    """
    times = taken_s.tolist()
    piles: list[int] = []
    alone: list[int] = []  # photos in no pile with another, ascending
    sums = [0.0]  # sums of their times, relative to the first
    for i, time in enumerate(times):
        gap = time - times[i - 1] if i else np.inf
        low = bisect_left(alone, int(reach[i]))
        n = len(alone) - low
        deviation = (time - times[0]) - (sums[-1] - sums[low]) / n if n else gap
        if gap <= gap_s and deviation <= similarity_s:
            piles.append(piles[-1])
            if alone and alone[-1] == i - 1:
                alone.pop()
                sums.pop()
        else:
            piles.append(piles[-1] + 1 if piles else 0)
            alone.append(i)
            sums.append(sums[-1] + time - times[0])
    return np.asarray(piles, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class MergeRules:
    """The thresholds of claim 4 and the readings A5 to A7.

    Args:
        distance_km: the claim's distance threshold in kilometres for each photo, shape (n,).
        spread_km2: the claim's similarity threshold in km²; None: the square of the distance threshold.
        mean: compare the sum of squares divided by the number of photos, not the sum (A5).
        nogps_gap_s: merge when the gap is at most this and one pile has no position (A6); 0 never merges.
        nearest_gps: use the last positioned photo of A and the first of B, not only the very last and first (A6).
        guard_s: longest time between piles to be merged (A7); None: any.
    """

    distance_km: FloatArray
    spread_km2: float | None
    mean: bool
    nogps_gap_s: float
    nearest_gps: bool
    guard_s: float | None


def second_piles(
    taken_s: FloatArray, pile: IntArray, lat: FloatArray, lon: FloatArray, radius_km: FloatArray, rules: MergeRules
) -> IntArray:
    """Merge neighbouring first piles that were taken at one place (claim 4), from left to right.

    With A the pile grown so far and B the next one, S = {last of A} ∪ B: they become one when the distance from the
    last of A to the first of B, and the sum of squared deviations of S from its mean position, stay within `rules`.
    A position's radius widens both thresholds.

    Args:
        taken_s: capture times in seconds, ascending, shape (n,).
        pile: first pile of each photo, numbered from 0, ascending, shape (n,).
        lat, lon: degrees, NaN where unknown, shape (n,).
        radius_km: how far off each position may be in kilometres, shape (n,).
        rules: thresholds and readings.

    Returns:
        Second pile of each photo, numbered from 0, shape (n,).
    """
    if len(taken_s) == 0:
        return pile
    first = np.flatnonzero(np.diff(pile, prepend=-1))
    gap_s = taken_s[first[1:]] - taken_s[first[1:] - 1]
    left, right, near = _place_tests(pile, first, lat, lon, radius_km, rules)
    allowed = np.full(len(gap_s), True) if rules.guard_s is None else gap_s <= rules.guard_s
    blind = allowed & (gap_s <= rules.nogps_gap_s) & (rules.nogps_gap_s > 0)
    starts = _grow(first, left, right, near & allowed, blind)
    return np.repeat(np.cumsum(starts) - 1, np.diff(first, append=len(pile)))


def _grow(first: IntArray, left: IntArray, right: IntArray, near: BoolArray, blind: BoolArray) -> BoolArray:
    """Say which first piles start a second pile; `left` counts only while it lies inside the grown pile A."""
    starts, begin = [True], 0
    tests = zip(first[1:].tolist(), left.tolist(), right.tolist(), near.tolist(), blind.tolist(), strict=True)
    for here, last_of_a, first_of_b, is_near, is_blind in tests:
        merge = is_near if last_of_a >= begin and first_of_b >= 0 else is_blind
        starts.append(not merge)
        begin = begin if merge else here
    return np.asarray(starts)


def _place_tests(
    pile: IntArray, first: IntArray, lat: FloatArray, lon: FloatArray, radius_km: FloatArray, rules: MergeRules
) -> tuple[IntArray, IntArray, BoolArray]:
    """Test each pair of neighbouring piles by place.

    Returns:
        The photo that stands for the last of A (-1: none before B), the one that stands for the first of B (-1: none)
        and whether both tests of claim 4 pass for them, one value for each pile but the first.
    """
    n, known = len(pile), np.isfinite(lat)
    if rules.nearest_gps:
        last_known = np.maximum.accumulate(np.where(known, np.arange(n), -1))
        next_known = np.minimum.accumulate(np.where(known, np.arange(n), n)[::-1])[::-1]
    else:
        last_known, next_known = np.where(known, np.arange(n), -1), np.where(known, np.arange(n), n)
    left = last_known[first[1:] - 1]
    stops = np.append(first[1:], n)
    reference = np.where(next_known[first] < stops, next_known[first], -1)
    right = reference[1:]
    distance = distance_km(lat[left], lon[left], lat[right], lon[right])
    count, east, north, squares, radius = _moments(pile, first, np.maximum(reference, 0), lat, lon, radius_km)
    # S is B and one more photo, the last of A, all seen from the first of B.
    a_east, a_north = offsets_km(lat[left], lon[left], lat[right], lon[right])
    total = count[1:] + 1
    sum_sq = squares[1:] + a_east**2 + a_north**2 - ((east[1:] + a_east) ** 2 + (north[1:] + a_north) ** 2) / total
    slack_km = radius_km[left] + radius[1:]
    limit_km = rules.distance_km[right] + slack_km
    spread_km2 = limit_km**2 if rules.spread_km2 is None else (np.sqrt(rules.spread_km2) + slack_km) ** 2
    spread = sum_sq / total if rules.mean else sum_sq
    with np.errstate(invalid="ignore"):
        return left, right, (distance <= limit_km) & (spread <= spread_km2)


def _moments(
    pile: IntArray, first: IntArray, reference: IntArray, lat: FloatArray, lon: FloatArray, radius_km: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]:
    """Sum up each pile's positions as seen from its reference photo: count, east, north, squares, largest radius."""
    known = np.isfinite(lat)
    origin = reference[pile]
    east, north = offsets_km(lat, lon, lat[origin], lon[origin])
    east, north = np.where(known, east, 0.0), np.where(known, north, 0.0)
    return (
        np.add.reduceat(known.astype(np.float64), first),
        np.add.reduceat(east, first),
        np.add.reduceat(north, first),
        np.add.reduceat(east**2 + north**2, first),
        np.maximum.reduceat(np.where(known, radius_km, 0.0), first),
    )
