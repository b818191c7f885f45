"""Simulated lives: capture times and places with known events, to measure event methods on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from plugins.events import BoolArray, FloatArray, IntArray, Places
from plugins.events._geo import KM_PER_DEGREE

HOME: Final = (48.137, 11.575)  # degrees
FIRST_DAY_S: Final = 1_677_625_200.0  # 1 March 2023, 00:00 at UTC+1
UTC_OFFSET_S: Final = 3_600.0

TRIP_RATE: Final = 0.03  # days on which a trip begins
HOME_RATE: Final = 0.22  # days with snapshots at home
OUTING_RATE: Final = 0.16  # days with an outing, besides
BURST_GAP_S: Final = 20.0  # mean time between photos of a burst
PHOTOS_A_BURST: Final = 4


@dataclass(frozen=True, slots=True, eq=False)
class Life:
    """A person's photos in time order, with the truth; every array has shape (n,).

    `taken_s` is in seconds since 1970 UTC, `event` and `trip` number the true happenings (`trip` is -1 for none).
    Days of one trip are events of their own.
    """

    taken_s: FloatArray
    lat: FloatArray
    lon: FloatArray
    event: IntArray
    trip: IntArray

    @property
    def places(self) -> Places:
        """The positions as an event method takes them."""
        return Places.of(self.lat, self.lon)

    def without_gps(self, hidden: BoolArray) -> Life:
        """Return the same life with the positions of some photos unknown."""
        return replace(self, lat=np.where(hidden, np.nan, self.lat), lon=np.where(hidden, np.nan, self.lon))

    def half_without_gps(self, seed: int) -> Life:
        """Return the same life with no position in a random half of the events."""
        events = np.random.default_rng(seed).permutation(np.unique(self.event))
        return self.without_gps(np.isin(self.event, events[: len(events) // 2]))


@dataclass(slots=True)
class _Diary:
    """Sessions as they are lived: columns of hours, kilometres east and north of home, event and trip."""

    rng: np.random.Generator
    columns: list[FloatArray]
    n: int = 0
    event: int = 0
    trip: int = 0

    def session(
        self, start_h: float, length_h: float, photos: int, centre_km: FloatArray, spread_km: float, trip: int = -1
    ) -> None:
        """Take about `photos` photos in bursts that begin anywhere in the session."""
        n_bursts = max(1, photos // PHOTOS_A_BURST)
        for burst_h in self.rng.uniform(0, length_h, n_bursts):
            n = max(1, int(self.rng.poisson(photos / n_bursts)))
            hours = start_h + burst_h + np.cumsum(self.rng.exponential(BURST_GAP_S / 3_600, n))
            place = centre_km + self.rng.normal(0, spread_km, (n, 2))
            self.columns.append(np.column_stack([hours, place, np.full(n, self.event), np.full(n, trip)]))
            self.n += n

    def somewhere(self, low: float, high: float) -> FloatArray:
        """Pick a place in any direction; the common logarithm of its distance in km is uniform."""
        angle, distance_km = self.rng.uniform(0, 2 * np.pi), 10 ** self.rng.uniform(low, high)
        return distance_km * np.array([np.cos(angle), np.sin(angle)])

    def travel(self, day: int) -> int:
        """Live a trip of 2 to 5 days, with 2 or 3 sessions a day near one town; return how many days it took."""
        days, region = int(self.rng.integers(2, 6)), self.somewhere(1.7, 3.1)
        for today in range(day, day + days):
            town, hour = region + self.rng.normal(0, 6, 2), 24 * today + self.rng.normal(9, 1)
            for _ in range(self.rng.integers(2, 4)):
                place = town + self.rng.normal(0, 3, 2)
                self.session(hour, self.rng.uniform(0.3, 2), int(self.rng.integers(3, 10)), place, 0.3, self.trip)
                hour += self.rng.uniform(1.5, 4.5)
            self.event += 1
        self.trip += 1
        return days

    def stay_home(self, day: int) -> None:
        """Take snapshots at home, in one or two sessions."""
        hour = 24 * day + 8 + self.rng.exponential(3)
        for _ in range(self.rng.integers(1, 3)):
            self.session(hour, self.rng.uniform(0.02, 0.5), int(self.rng.integers(1, 5)), np.zeros(2), 0.03)
            hour += self.rng.uniform(1, 5)
        self.event += 1

    def go_out(self, day: int) -> None:
        """Spend some hours at one place, 2 to 32 km from home."""
        start_h, length_h = 24 * day + self.rng.uniform(10, 19), self.rng.uniform(0.7, 6)
        self.session(start_h, length_h, int(self.rng.integers(6, 24)), self.somewhere(0.3, 1.5), 0.25)
        self.event += 1


def live(seed: int, n_photos: int = 7_000) -> Life:
    """Simulate a life: home, outings and trips, day by day until there are `n_photos` photos.

    Events of one day may overlap in time, as the photos of a family do; then photos of two events alternate.
    """
    rng = np.random.default_rng(seed)
    diary, day = _Diary(rng, []), 0
    while diary.n < n_photos:
        chance = rng.random()
        if chance < TRIP_RATE:
            day += diary.travel(day)
            continue
        if chance < TRIP_RATE + HOME_RATE:
            diary.stay_home(day)
        if rng.random() < OUTING_RATE:
            diary.go_out(day)
        day += 1
    rows = np.concatenate([np.zeros((0, 5)), *diary.columns])
    hour, east, north, event, trip = rows[np.argsort(rows[:, 0], kind="stable")][:n_photos].T
    return Life(
        FIRST_DAY_S + hour * 3_600,
        HOME[0] + north / KM_PER_DEGREE,
        HOME[1] + east / (KM_PER_DEGREE * np.cos(np.radians(HOME[0]))),
        event.astype(np.int64),
        trip.astype(np.int64),
    )


def repeated(life: Life, n_photos: int) -> Life:
    """Live the same life again and again until there are `n_photos` photos, for measuring speed."""
    index = np.arange(n_photos)
    turn, photo = index // len(life.taken_s), index % len(life.taken_s)
    period_s = np.ceil((life.taken_s[-1] - life.taken_s[0]) / 86_400 + 1) * 86_400
    event, trip = life.event[photo] + turn * (life.event.max() + 1), life.trip[photo]
    trip = np.where(trip < 0, -1, trip + turn * (life.trip.max() + 1))
    return Life(life.taken_s[photo] + turn * period_s, life.lat[photo], life.lon[photo], event, trip)
