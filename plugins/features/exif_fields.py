"""What a picture says about itself: time, place, camera and words from EXIF, IPTC and its XMP packet."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import IO

from plugins.features._exif_blocks import iptc_entries, raw_values, xmp_packet
from plugins.pictures import open_header, orientation_of, upright_size
from plugins.records import PlaceWords, Position

MAX_OFFSET = timedelta(hours=14)  # Kiribati; no clock on Earth is farther from UTC
LONGEST = 400
"""Characters that are kept of a line of text: no place, person or camera has a longer name."""
_AHEAD = timedelta(days=2)  # a clock may be a day ahead by its zone, and a little wrong
_STAMP = re.compile(r"(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6})\d*)?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_OFFSET = re.compile(r"([+-])(\d{1,2}):?(\d\d)")
_IPTC_WORDS = {"sublocation": (2, 92), "city": (2, 90), "state": (2, 95), "country": (2, 101)}
_IPTC_KEYWORDS = (2, 25)


@dataclass(frozen=True, slots=True)
class Stamp:
    """A camera's clock: naive wall time, and how far it was ahead of UTC if the picture says so."""

    local: datetime
    offset: timedelta | None = None


@dataclass(frozen=True, slots=True)
class ExifFields:
    """What a picture says about itself; what it does not say, or says in a way that cannot be true, is None or empty.

    `taken` is DateTimeOriginal, `digitized` CreateDate, `changed` the last change of the file as EXIF has it;
    `gps_time` is the satellites' clock, in UTC. `orientation` is 1 to 8, as stored; `width` and `height` are pixels
    of the upright picture. `altitude_m` is above sea level, negative below. `xmp` is the raw XMP packet. `reasons`
    says what could not be read.
    """

    width: int = 0
    height: int = 0
    orientation: int = 1
    taken: Stamp | None = None
    digitized: Stamp | None = None
    changed: Stamp | None = None
    gps_time: datetime | None = None
    camera: str = ""
    position: Position | None = None
    altitude_m: float | None = None
    rating: int = 0
    words: PlaceWords = field(default_factory=PlaceWords)
    keywords: tuple[str, ...] = ()
    xmp: bytes = b""
    reasons: tuple[str, ...] = ()


def read_exif(file: IO[bytes], now: datetime | None = None) -> ExifFields:
    """Read a picture's fields; its pixels are not decoded, and broken fields are left out with a reason.

    Args:
        file: the picture, open for reading in binary; it stays open.
        now: aware time after which no picture can have been taken; the clock when None.

    Raises:
        UnreadablePicture: it is no picture at all.
    """
    now = now or datetime.now(UTC)
    with open_header(file) as picture:
        reasons: list[str] = []
        values = raw_values(picture, reasons)
        width, height = upright_size(picture)
        iptc = iptc_entries(picture, reasons)
        return ExifFields(
            width=width,
            height=height,
            orientation=orientation_of(picture),
            taken=_stamp(values, "datetime_original", "_original", now),
            digitized=_stamp(values, "datetime_digitized", "_digitized", now),
            changed=_stamp(values, "datetime", "", now),
            gps_time=_gps_time(values, now),
            camera=_camera(values),
            position=_position(values),
            altitude_m=_altitude(values),
            rating=_rating(values.get("rating")),
            words=PlaceWords(**{name: _first(iptc.get(key)) for name, key in _IPTC_WORDS.items()}),
            keywords=_texts(iptc.get(_IPTC_KEYWORDS)),
            xmp=xmp_packet(picture),
            reasons=tuple(reasons),
        )


def credible(moment: datetime, now: datetime) -> bool:
    """Say whether a photo can have been taken at a time (naive or aware), and it is no clock's resting point."""
    limit = now + _AHEAD if moment.tzinfo else (now + _AHEAD).astimezone(UTC).replace(tzinfo=None)
    resting = moment.replace(tzinfo=None) in (datetime(1904, 1, 1), datetime(1970, 1, 1))  # QuickTime's and Unix's 0
    return moment.year > 1900 and moment <= limit and not resting


def parse_offset(text: object) -> timedelta | None:
    """Return `+02:00`, `-0330` or `Z` as a time span ahead of UTC; None for what no clock on Earth shows."""
    plain = plain_text(text)
    if plain in ("Z", "z"):
        return timedelta(0)
    match = _OFFSET.fullmatch(plain)
    if match is None or int(match[3]) >= 60:
        return None
    span = timedelta(hours=int(match[2]), minutes=int(match[3]))
    return None if span > MAX_OFFSET else -span if match[1] == "-" else span


def _stamp(values: Mapping[str, object], name: str, suffix: str, now: datetime) -> Stamp | None:
    match = _STAMP.fullmatch(plain_text(values.get(name)))
    if match is None:
        return None
    digits = re.match(r"\d*", plain_text(values.get(f"subsec_time{suffix}")))
    micros = (match[7] or (digits[0] if digits else "") or "0")[:6].ljust(6, "0")
    try:
        local = datetime(*(int(match[i]) for i in range(1, 7)), microsecond=int(micros))  # type: ignore[misc, arg-type]
    except ValueError:
        return None
    return Stamp(local, _offset(values, name, suffix)) if credible(local, now) else None


def _offset(values: Mapping[str, object], name: str, suffix: str) -> timedelta | None:
    """Return the offset that belongs to a date; `OffsetTime` is that of every date that is the same as DateTime."""
    own = parse_offset(values.get(f"offset_time{suffix}"))
    same = plain_text(values.get(name)) == plain_text(values.get("datetime"))
    return own if own is not None or not same else parse_offset(values.get("offset_time"))


def _gps_time(values: Mapping[str, object], now: datetime) -> datetime | None:
    day = re.fullmatch(r"(\d{4})[:-](\d\d)[:-](\d\d)", plain_text(values.get("gps_datestamp")))
    parts = _numbers(values.get("gps_timestamp"))
    if (
        day is None
        or len(parts) != 3
        or not all(0 <= part < top for part, top in zip(parts, (24, 60, 61), strict=True))
    ):
        return None
    span = timedelta(hours=parts[0], minutes=parts[1], seconds=parts[2])
    try:
        moment = datetime(int(day[1]), int(day[2]), int(day[3]), tzinfo=UTC) + span
    except (ValueError, OverflowError):  # the last second of the year 9999
        return None
    return moment if moment.year >= 1980 and credible(moment, now) else None  # the first GPS day is 6 January 1980


def _position(values: Mapping[str, object]) -> Position | None:
    """Return where the picture was taken; None without both hemispheres, and for the 0, 0 of a camera without a fix."""
    lat = _degrees(values.get("gps_latitude"), values.get("gps_latitude_ref"), "NS", 90)
    lon = _degrees(values.get("gps_longitude"), values.get("gps_longitude_ref"), "EW", 180)
    if lat is None or lon is None or (lat == 0 and lon == 0):
        return None
    error_m = _number(values.get("gps_horizontal_positioning_error"))
    return Position(lat, lon, radius_m=error_m if error_m is not None and 0 < error_m < 100_000 else 0.0)


def _degrees(value: object, ref: object, sides: str, limit: int) -> float | None:
    """Return signed degrees from degrees, minutes and seconds; cameras also write two parts, or one with a fraction."""
    parts = _numbers(value)
    side = plain_text(ref)[:1].upper()
    if not side or side not in sides or not 1 <= len(parts) <= 3:
        return None
    if any(not math.isfinite(part) or part < 0 for part in parts) or any(part > 60 for part in parts[1:]):
        return None
    degrees = sum(part / 60**power for power, part in enumerate(parts))
    return None if degrees > limit else -degrees if side in "SW" else degrees


def _altitude(values: Mapping[str, object]) -> float | None:
    height_m = _number(values.get("gps_altitude"))
    if height_m is None or not -12_000 < height_m < 100_000:  # from below the deepest sea to the edge of space
        return None
    ref = values.get("gps_altitude_ref")
    below = ref[:1] == b"\x01" if isinstance(ref, bytes) else _number(ref) == 1
    return -abs(height_m) if below else height_m


def _camera(values: Mapping[str, object]) -> str:
    """Return make and model as one name; many models begin with the make already."""
    make, model = plain_text(values.get("make")), plain_text(values.get("model"))
    return model if model.lower().startswith(make.lower()) and model else plain_text(f"{make} {model}")


def _rating(value: object) -> int:
    stars = _number(value)
    return 0 if stars is None else min(5, max(0, round(stars)))


def _numbers(value: object) -> tuple[float, ...]:
    """Return rationals, floats or text as floats; 0/0 and what is no number are NaN."""
    parts = value if isinstance(value, Sequence) and not isinstance(value, str | bytes) else (value,)
    return tuple(math.nan if (number := _number(part)) is None else number for part in parts)


def _number(value: object) -> float | None:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, ArithmeticError):
        return None
    return number if math.isfinite(number) else None


def plain_text(value: object) -> str:
    """Return the first `LONGEST` characters of text or bytes on one line, without control characters.

    Anything else is empty.
    """
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return " ".join(_CONTROL.sub(" ", value).split())[:LONGEST].rstrip() if isinstance(value, str) else ""


def _texts(value: object) -> tuple[str, ...]:
    """Return IPTC entries, one or many; old ones are in Latin-1, whatever the block says."""
    entries = value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys(text for entry in entries if isinstance(entry, bytes) and (text := _iptc_text(entry))))


def _first(value: object) -> str:
    return next(iter(_texts(value)), "")


def _iptc_text(entry: bytes) -> str:
    try:
        return plain_text(entry.decode())
    except UnicodeDecodeError:
        return plain_text(entry.decode("latin-1"))
