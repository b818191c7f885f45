"""Patent 000: photos are piled by time, piles are merged by place, and each is divided by faces.

Source: 图像的聚类方法、装置及电子设备, Shiyou (Beijing) Technology, document 38773402 of 10 September 2023,
claims 1 to 4 and paragraphs 15 to 19. Strict mode follows the claims; default mode adds the readings A1 to A9 that a
library needs: each of them is a setting. Claims 5 and later and figures 3 to 5 are not in the published text we have.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from enum import Enum
from typing import Any, Final, Literal, TypeAlias

import numpy as np

from plugins.events import (
    ORIGINS,
    Clustering,
    EventMethod,
    FacePile,
    Faces,
    FloatArray,
    IntArray,
    Places,
    require_fitting,
)
from plugins.events._geo import distance_km, fill_from_neighbours, median_position
from plugins.events._piles import Membership, third_piles
from plugins.events._time_place import (
    MergeRules,
    day_reach,
    first_piles,
    first_piles_unassigned,
    local_days,
    second_piles,
    window_reach,
)
from plugins.events._trips import TripRules, trips

HOUR_S: Final = 3_600.0
HOME_RADIUS_M: Final = 10_000.0  # a position vaguer than a town says little about where home is
ANYWHERE_M: Final = 20_100_000.0  # half way round the Earth

Mode: TypeAlias = Literal["default", "strict"]
Home: TypeAlias = tuple[float, float]


class Unset(Enum):
    """Marks a setting that the caller leaves to the mode; None is a value of its own for some."""

    UNSET = "as the mode says"


UNSET: Final = Unset.UNSET


@dataclass(frozen=True, slots=True)
class Settings:
    """Every threshold and reading; the defaults are those of the default mode.

    Args:
        gap_h: claim 2's time threshold: a longer gap starts a first pile.
        similarity_h: claim 2's time similarity threshold, on the mean absolute deviation.
        unclustered: A1: `open_pile`: U are photos of the growing pile; `unassigned`: photos in no pile, word by word.
        time_range: A2: creation-time range as a sliding `window` or as the local calendar `day`.
        window_h: A2: length of the window.
        roll_over_h: A2: local hour at which a day ends.
        count_current: A4: count the photo itself among U.
        geo_km: claim 4's distance threshold; None: `home_share` of the distance from home, `near_km` to `far_km`.
        ssd_mode: A5: compare the mean or the sum of the squared deviations.
        ssd_km2: claim 4's similarity threshold in km²; None: the square of the distance threshold.
        radius_widens: how far off a position may be widens both thresholds of claim 4.
        nogps_gap_h: A6: piles without a position are merged up to this gap; 0: never.
        nearest_gps: A6: the last positioned photo of A and the first of B stand for them.
        interpolate_min: A6: positions are taken over from photos at most so many minutes away; 0: none.
        merge_guard_h: A7: longest gap over which piles are merged; None: any, as the claim says.
        membership: A8: third piles `overlap` by person, or hold each photo once, by its `main` face.
        pile_slack: A8: how far below the embedder's threshold faces of one event are still linked.
        group_min_photos: A8: photos that a set of people needs for a pile of its own (`overlap` only).
        clock: A9: gaps are measured in `utc` or on the `local` clock; never on both.
        origins: which kinds of position count.
        home: latitude and longitude in degrees; None: the median position.
        away_km: how far from home an event is away.
        trip_guard_h: longest gap inside a trip; None: no trips.
        trip_near_km, trip_far_km: bounds of the distance threshold between events of a trip.
        trip_min_days: local days that a trip touches at least.
    """

    gap_h: float = 1.0
    similarity_h: float = 2.0
    unclustered: Literal["open_pile", "unassigned"] = "open_pile"
    time_range: Literal["window", "day"] = "window"
    window_h: float = 24.0
    roll_over_h: float = 4.0
    count_current: bool = False
    geo_km: float | None = None
    home_share: float = 0.3
    near_km: float = 1.0
    far_km: float = 50.0
    ssd_mode: Literal["mean", "sum"] = "mean"
    ssd_km2: float | None = None
    radius_widens: bool = True
    nogps_gap_h: float = 6.0
    nearest_gps: bool = True
    interpolate_min: float = 15.0
    merge_guard_h: float | None = 8.0
    membership: Membership = "overlap"
    pile_slack: float = 0.05
    group_min_photos: int = 2
    clock: Literal["utc", "local"] = "utc"
    origins: tuple[str, ...] = ("exif", "track", "words", "neighbour")
    home: Home | None = None
    away_km: float = 50.0
    trip_guard_h: float | None = 36.0
    trip_near_km: float = 50.0
    trip_far_km: float = 100.0
    trip_min_days: int = 2

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, (int, float)) and not value >= 0:
                raise ValueError(f"{field.name} is {value}: it must be a number from 0")
        if self.home is not None and not (abs(self.home[0]) <= 90 and abs(self.home[1]) <= 180):
            raise ValueError(f"home is {self.home}: give latitude and longitude in degrees")
        if unknown := set(self.origins) - set(ORIGINS):
            raise ValueError(f"origins names {sorted(unknown)}: choose from {', '.join(ORIGINS)}")


PRESETS: Final[dict[Mode, Settings]] = {
    "default": Settings(),
    "strict": Settings(
        gap_h=2.0,
        similarity_h=3.0,
        geo_km=1.0,
        ssd_mode="sum",
        ssd_km2=1.0,
        radius_widens=False,
        nogps_gap_h=0.0,
        nearest_gps=False,
        interpolate_min=0.0,
        merge_guard_h=None,
        membership="main",
        origins=("exif", "track"),
        trip_guard_h=None,
    ),
}
"""The claims name no numbers: those of strict mode were chosen on simulated lives."""


@dataclass(frozen=True, slots=True, eq=False)
class _Sorted:
    """The photos in time order on one clock, with the positions that count."""

    taken_s: FloatArray
    day: IntArray
    lat: FloatArray
    lon: FloatArray
    radius_km: FloatArray
    home: Home | None


def sorted_photos(
    taken_s: FloatArray, places: Places, utc_offset_s: FloatArray, order: IntArray, settings: Settings
) -> _Sorted:
    """Bring photos into time order and keep the positions that `settings` lets count (¶15, ¶16, A6, A9)."""
    counts = np.isin(places.origin, [ORIGINS.index(name) for name in settings.origins])
    counts &= (np.abs(places.lat) <= 90) & np.isfinite(places.lon)
    lat, lon = np.where(counts, places.lat, np.nan)[order], np.where(counts, places.lon, np.nan)[order]
    radius_m = np.clip(np.nan_to_num(places.radius_m, nan=0.0), 0.0, ANYWHERE_M)[order]
    offset_s = utc_offset_s[order]
    clock_s = taken_s[order] + (offset_s if settings.clock == "local" else 0.0)
    home = settings.home or _home(lat, lon, radius_m)
    lat, lon = fill_from_neighbours(clock_s, lat, lon, settings.interpolate_min * 60)
    day = local_days(taken_s[order], offset_s, settings.roll_over_h * HOUR_S)
    slack_km = radius_m / 1000 if settings.radius_widens else np.zeros(len(radius_m))
    return _Sorted(clock_s, day, lat, lon, slack_km, home)


def _home(lat: FloatArray, lon: FloatArray, radius_m: FloatArray) -> Home | None:
    """Return the median position, of those known to a town or better if there are any."""
    known = np.isfinite(lat)
    sharp = known & (radius_m <= HOME_RADIUS_M)
    chosen = sharp if sharp.any() else known
    return median_position(lat[chosen], lon[chosen])


def second_result(photos: _Sorted, settings: Settings) -> IntArray:
    """Number photos in time order by event: first piles by time, merged by place (claims 2 to 4), shape (n,)."""
    s = settings
    window = s.time_range == "window"
    reach = window_reach(photos.taken_s, s.window_h * HOUR_S) if window else day_reach(photos.day)
    gap_s, similarity_s = s.gap_h * HOUR_S, s.similarity_h * HOUR_S
    if s.unclustered == "unassigned":
        pile = first_piles_unassigned(photos.taken_s, reach, gap_s, similarity_s)
    else:
        pile = first_piles(photos.taken_s, reach, gap_s, similarity_s, s.count_current)
    guard_s = None if s.merge_guard_h is None else s.merge_guard_h * HOUR_S
    rules = MergeRules(
        distance_thresholds_km(photos.lat, photos.lon, photos.home, s),
        s.ssd_km2,
        s.ssd_mode == "mean",
        s.nogps_gap_h * HOUR_S,
        s.nearest_gps,
        guard_s,
    )
    return second_piles(photos.taken_s, pile, photos.lat, photos.lon, photos.radius_km, rules)


def distance_thresholds_km(lat: FloatArray, lon: FloatArray, home: Home | None, settings: Settings) -> FloatArray:
    """Return claim 4's distance threshold for each photo: fixed, or wider the farther from home, shape (n,)."""
    if settings.geo_km is not None:
        return np.full(len(lat), settings.geo_km)
    if home is None:
        return np.full(len(lat), settings.near_km)
    from_home_km = distance_km(home[0], home[1], lat, lon)
    return np.clip(settings.home_share * from_home_km, settings.near_km, settings.far_km)


class Plugin(EventMethod):
    """Events by time, place and faces; what each setting does stands at `Settings`.

    Raises:
        ValueError: a setting is out of range or `mode` unknown.
    """

    name = "time_place_faces"
    version = "1"

    def __init__(
        self,
        mode: Mode = "default",
        *,
        gap_h: float | Unset = UNSET,
        similarity_h: float | Unset = UNSET,
        unclustered: Literal["open_pile", "unassigned"] | Unset = UNSET,
        time_range: Literal["window", "day"] | Unset = UNSET,
        window_h: float | Unset = UNSET,
        roll_over_h: float | Unset = UNSET,
        count_current: bool | Unset = UNSET,
        geo_km: float | Unset | None = UNSET,
        home_share: float | Unset = UNSET,
        near_km: float | Unset = UNSET,
        far_km: float | Unset = UNSET,
        ssd_mode: Literal["mean", "sum"] | Unset = UNSET,
        ssd_km2: float | Unset | None = UNSET,
        radius_widens: bool | Unset = UNSET,
        nogps_gap_h: float | Unset = UNSET,
        nearest_gps: bool | Unset = UNSET,
        interpolate_min: float | Unset = UNSET,
        merge_guard_h: float | Unset | None = UNSET,
        membership: Membership | Unset = UNSET,
        pile_slack: float | Unset = UNSET,
        group_min_photos: int | Unset = UNSET,
        clock: Literal["utc", "local"] | Unset = UNSET,
        origins: tuple[str, ...] | Unset = UNSET,
        home: Home | Unset | None = UNSET,
        away_km: float | Unset = UNSET,
        trip_guard_h: float | Unset | None = UNSET,
        trip_near_km: float | Unset = UNSET,
        trip_far_km: float | Unset = UNSET,
        trip_min_days: int | Unset = UNSET,
    ) -> None:
        given: dict[str, Any] = {k: v for k, v in locals().items() if k not in ("self", "mode") and v is not UNSET}
        if mode not in PRESETS:
            raise ValueError(f"mode is {mode!r}: choose one of {', '.join(PRESETS)}")
        self.mode: Mode = mode
        self.settings = replace(PRESETS[mode], **given)

    def cluster(
        self, taken_s: FloatArray, places: Places, faces: Faces | None = None, utc_offset_s: FloatArray | None = None
    ) -> Clustering:
        """Group photos into events, trips and piles, as `EventMethod.cluster` says."""
        taken_s = np.asarray(taken_s, dtype=np.float64)
        require_fitting(taken_s, places, faces, utc_offset_s)
        offset_s = np.zeros(len(taken_s)) if utc_offset_s is None else np.asarray(utc_offset_s, dtype=np.float64)
        local = self.settings.clock == "local"
        order = np.argsort(taken_s + offset_s if local else taken_s, kind="stable")
        photos = sorted_photos(taken_s, places, offset_s, order, self.settings)
        event = second_result(photos, self.settings)
        trip, away = trips(
            photos.taken_s, event, photos.lat, photos.lon, photos.home, photos.day, _trip_rules(self.settings)
        )
        piles, face_person = _piles(event, faces, order, self.settings)
        back = np.empty_like(order)
        back[order] = np.arange(len(order))
        return Clustering(event[back], trip[back], away[back], piles, face_person)

    def piles(self, event: IntArray, faces: Faces) -> tuple[tuple[FacePile, ...], ...]:
        """Make the third piles of known events, as `EventMethod.piles` says."""
        order = np.argsort(event, kind="stable")
        return _piles(event[order], faces, order, self.settings)[0]


def _trip_rules(s: Settings) -> TripRules:
    guard_s = None if s.trip_guard_h is None else s.trip_guard_h * HOUR_S
    return TripRules(s.away_km, s.trip_near_km, s.trip_far_km, s.home_share, guard_s, s.trip_min_days)


def _piles(
    event: IntArray, faces: Faces | None, order: IntArray, s: Settings
) -> tuple[tuple[tuple[FacePile, ...], ...], IntArray]:
    """Make third piles with photos numbered as the caller gave them."""
    if faces is None:
        return ((),) * (int(event[-1]) + 1 if len(event) else 0), np.zeros(0, dtype=np.int64)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    in_order = replace(faces, photo=rank[faces.photo])
    piles, who = third_piles(event, in_order, s.pile_slack, s.membership, s.group_min_photos)
    photos = order.tolist()
    named = tuple(tuple(FacePile(p.people, tuple(photos[i] for i in p.photos)) for p in found) for found in piles)
    return named, who
