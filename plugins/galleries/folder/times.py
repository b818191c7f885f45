"""When a photo was taken: the best of what the file, its neighbours and its name say, and which of them it was."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from plugins.features.exif_fields import MAX_OFFSET, ExifFields, Stamp, credible
from plugins.records import TimeOrigin

_QUARTER = timedelta(minutes=15)  # every zone on Earth is a whole number of quarter hours off UTC
_FIX_LAG = timedelta(minutes=2)  # how far camera clock and satellite fix of one picture lie apart in practice
_DAY = r"(?P<year>19\d\d|20\d\d)(?P<mark>[-_.]?)(?P<month>[01]\d)(?P=mark)(?P<day>[0-3]\d)"
_CLOCK = r"(?P<hour>[0-2]\d)[-_.:h]?(?P<minute>[0-5]\d)[-_.:m]?(?P<second>[0-5]\d)"
_BETWEEN = r"(?:[-_ T.,]+|[ _]at[ _])?"
_HALF = r"(?:[ _\u202f](?P<half>[AP])M)?"  # Macs put a narrow no-break space before AM and PM
_MOMENT = re.compile(
    rf"(?<!\d){_DAY}{_BETWEEN}{_CLOCK}(?:[-_.]?(?P<milli>\d{{3}}))?(?!\d){_HALF}",
    re.IGNORECASE,
)
_WHATSAPP = re.compile(rf"-{_DAY}-WA(?P<count>\d{{4,6}})")
_DATE_ONLY = re.compile(rf"(?<![0-9a-z]){_DAY}(?![0-9a-z])", re.IGNORECASE)
_UNIX_MS = re.compile(r"(?:FB_IMG_|received_|mmexport|wx_camera_|^)(1\d{12})(?!\d)")
_NOON = timedelta(hours=12)  # a day without a time: noon is the same day in nearly every zone


@dataclass(frozen=True, slots=True)
class Moment:
    """When a photo was taken: aware in UTC, as naive wall time there, and how we know."""

    at: datetime
    local: datetime
    origin: TimeOrigin


def choose_time(
    name: str,
    mtime_s: float,
    zone: ZoneInfo,
    *,
    exif: ExifFields | None = None,
    video: datetime | None = None,
    xmp: datetime | None = None,
    takeout: datetime | None = None,
    now: datetime | None = None,
) -> Moment:
    """Choose the capture time: EXIF, XMP, Takeout, satellites' clock, name, EXIF's last change, the file's own time.

    Args:
        name: file name, without folder.
        mtime_s: the file's own time, seconds since 1970 UTC.
        zone: the library's time zone, for clocks that do not say theirs.
        exif: the picture's own fields.
        video: creation time inside a video, aware.
        xmp: time in a sidecar or in the XMP packet, naive or aware.
        takeout: time from Google Takeout, aware.
        now: aware time after which nothing can have been taken; the clock when None.
    """
    now = now or datetime.now(UTC)
    exif = exif or ExifFields()
    for stamp in (exif.taken, exif.digitized):
        if stamp is not None:
            return of_stamp(stamp, exif.gps_time, zone)
    for origin, moment in (("exif", video), ("xmp", xmp), ("takeout", takeout), ("exif", exif.gps_time)):
        if moment is not None and credible(moment, now):
            return _of_datetime(moment, zone, origin)  # type: ignore[arg-type] # the literals above
    named = time_in_name(name)
    if named is not None and credible(named, now):
        return _of_datetime(named, zone, "name")
    if exif.changed is not None:  # programmes write it on every save: later than the picture, sooner than the copy
        return of_stamp(exif.changed, None, zone)
    return _of_datetime(_file_time(mtime_s), zone, "file")


def of_stamp(stamp: Stamp, gps_time: datetime | None, zone: ZoneInfo) -> Moment:
    """Place a camera's clock in UTC: by its own offset, else by the satellites' clock, else by the library's zone."""
    offset = stamp.offset if stamp.offset is not None else offset_by_gps(stamp.local, gps_time)
    if offset is None:
        return _of_datetime(stamp.local, zone, "exif")
    return Moment((stamp.local - offset).replace(tzinfo=UTC), stamp.local, "exif")


def offset_by_gps(local: datetime, gps_time: datetime | None) -> timedelta | None:
    """Return how far a camera's clock is ahead of UTC, from the satellites' time in the same picture.

    Returns:
        A whole number of quarter hours up to 14 h; None where the two clocks do not agree within 2 minutes of one, as
        with a fix from hours ago or a wrong clock.
    """
    if gps_time is None:
        return None
    ahead = local.replace(tzinfo=UTC) - gps_time
    offset = round(ahead / _QUARTER) * _QUARTER
    return offset if abs(ahead - offset) <= _FIX_LAG and abs(offset) <= MAX_OFFSET else None


def time_in_name(name: str) -> datetime | None:
    """Return the time that a file's name states: aware for names in UTC (Pixel, messengers' milliseconds), else naive.

    Known are the names that Android, iOS, Pixel (`PXL_`), WhatsApp, Signal, Telegram, Dropbox, Facebook and screenshots
    give. A name that states only the day is noon of it; WhatsApp's count within the day keeps its order, as seconds.
    """
    if match := _MOMENT.search(name):
        return _of_match(match, in_utc=name.upper().startswith("PXL_"))
    if match := _WHATSAPP.search(name):
        day = _day(match)
        return day and day + _NOON + timedelta(seconds=int(match["count"]) % 36_000)
    if match := _UNIX_MS.search(name):
        return datetime.fromtimestamp(int(match[1]) / 1000, UTC)
    if match := _DATE_ONLY.search(name):
        day = _day(match)
        return day and day + _NOON
    return None


def _of_match(match: re.Match[str], in_utc: bool) -> datetime | None:
    day, hour = _day(match), int(match["hour"])
    if match["half"] and 1 <= hour <= 12:
        hour = hour % 12 + (12 if match["half"].upper() == "P" else 0)
    if day is None or hour > 23:
        return None
    clock = timedelta(hours=hour, minutes=int(match["minute"]), seconds=int(match["second"]))
    moment = day + clock + timedelta(milliseconds=int(match["milli"] or 0))
    return moment.replace(tzinfo=UTC) if in_utc else moment


def _day(match: re.Match[str]) -> datetime | None:
    try:
        return datetime(int(match["year"]), int(match["month"]), int(match["day"]))
    except ValueError:
        return None


def _of_datetime(moment: datetime, zone: ZoneInfo, origin: TimeOrigin) -> Moment:
    """Take the wall time as it was written where the moment has its own offset; UTC becomes the library's wall time."""
    if moment.tzinfo is None:
        return Moment(moment.replace(tzinfo=zone).astimezone(UTC), moment, origin)
    local = moment.astimezone(zone) if moment.tzinfo is UTC else moment
    return Moment(moment.astimezone(UTC), local.replace(tzinfo=None), origin)


def _file_time(mtime_s: float) -> datetime:
    try:
        return datetime.fromtimestamp(mtime_s, UTC)
    except (OverflowError, ValueError, OSError):  # file systems hold times that calendars do not
        return datetime.fromtimestamp(0, UTC)
