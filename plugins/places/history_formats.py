"""What apps export as a person's location history: each format turned into points; nothing here opens a file."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO

from lxml import etree

from plugins.places.earth import is_position

_FIRST_S, _LAST_S = 0.0, 4_102_444_800.0
"""1970 to 2100: outside, a clock or a unit is wrong."""
_WORST_M = 5_000.0
"""Fixes from a distant mast are further off than photos of one event are apart."""


@dataclass(frozen=True, slots=True)
class TrackPoint:
    """One fix: seconds since 1970 UTC, WGS84 degrees, and how far off it may be in metres."""

    time_s: float
    lat: float
    lon: float
    radius_m: float = 0.0


class NotAPoint(ValueError):
    """A fix that cannot be used: skip it; the text says why."""


class TooCoarse(NotAPoint):
    """A fix that says too little about the place: skip it."""


def gpx_points(handle: BinaryIO) -> Iterator[TrackPoint | NotAPoint]:
    """Yield the timed points of a GPX file as they are read, so that its size does not matter.

    Streamed through lxml rather than read with `gpxpy`, which holds the whole file and lets lxml expand entities.

    Raises:
        ValueError: the file is no XML from here on, or has a document type, which GPX never needs.
    """
    safe = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}
    try:
        for event, element in etree.iterparse(handle, events=("start", "end"), **safe):
            if event == "start":
                if element.getparent() is None and element.getroottree().docinfo.doctype:
                    raise ValueError("it declares a document type, which is not read")
            elif etree.QName(element).localname in {"trkpt", "wpt", "rtept"}:
                yield from _gpx_point(element)
                _forget(element)
    except etree.XMLSyntaxError as error:
        raise ValueError(f"it is not XML, or cut off: {error}") from error


def _gpx_point(element: etree._Element) -> Iterator[TrackPoint | NotAPoint]:
    when = element.findtext("{*}time")
    if when is not None:  # a place on a map without a time says nothing about a photo
        yield _point(when, element.get("lat"), element.get("lon"))


def _forget(element: etree._Element) -> None:
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def json_points(element: Any) -> Iterator[TrackPoint | NotAPoint]:
    """Yield the points of one element of a JSON history: Google's four formats, and OwnTracks.

    Google: `Records.json`, `Semantic Location History` (both Takeout), and the exports of Timeline on Android
    ("48.1°, 11.5°") and iOS ("geo:48.1,11.5"). Anything else yields nothing.
    """
    if not isinstance(element, dict):
        return
    for known, points in _READERS:
        if known in element:
            try:
                yield from points(element)
            except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
                yield NotAPoint(f"{known}: {type(error).__name__} {error}"[:200])


def owntracks_json(line: str) -> str:
    """Return the JSON of one line of an OwnTracks `.rec` file (time, kind and JSON between tabs), or nothing."""
    brace = line.find("{")
    return line[brace:] if brace >= 0 else ""


def _owntracks(element: dict[str, Any]) -> Iterator[TrackPoint | NotAPoint]:
    if element["_type"] == "location":
        yield _point(element["tst"], element["lat"], element["lon"], element.get("acc", 0))


def _record(element: dict[str, Any]) -> Iterator[TrackPoint | NotAPoint]:
    when = element.get("timestamp") or element.get("timestampMs")
    if when is not None:
        yield _e7_point(when, element, element.get("accuracy", 0))


def _visit(element: dict[str, Any]) -> Iterator[TrackPoint | NotAPoint]:
    visit = element["placeVisit"]
    for when in _span(visit["duration"]):
        yield _e7_point(when, visit["location"])


def _journey(element: dict[str, Any]) -> Iterator[TrackPoint | NotAPoint]:
    journey = element["activitySegment"]
    for when, end in zip(_span(journey["duration"]), ("startLocation", "endLocation"), strict=True):
        if "latitudeE7" in journey.get(end, {}):
            yield _e7_point(when, journey[end])
    for fix in journey.get("simplifiedRawPath", {}).get("points", ()):
        when = fix.get("timestamp") or fix.get("timestampMs")
        yield _e7_point(when, fix, fix.get("accuracyMeters", 0))


def _segment_visit(element: dict[str, Any]) -> Iterator[TrackPoint | NotAPoint]:
    place = _text_of(element["visit"]["topCandidate"]["placeLocation"])
    yield _point(element["startTime"], *_degrees(place))
    yield _point(element["endTime"], *_degrees(place))


def _segment_activity(element: dict[str, Any]) -> Iterator[TrackPoint | NotAPoint]:
    for when, end in (("startTime", "start"), ("endTime", "end")):
        if end in element["activity"]:
            yield _point(element[when], *_degrees(_text_of(element["activity"][end])))


def _segment_path(element: dict[str, Any]) -> Iterator[TrackPoint | NotAPoint]:
    for fix in element["timelinePath"]:
        when = fix.get("time")
        if when is None:
            when = _seconds(element["startTime"]) + 60 * float(fix["durationMinutesOffsetFromStartTime"])
        yield _point(when, *_degrees(_text_of(fix["point"])))


def _raw_signal(element: dict[str, Any]) -> Iterator[TrackPoint | NotAPoint]:
    fix = element["position"]
    place = fix.get("LatLng") or fix["latLng"]
    yield _point(fix["timestamp"], *_degrees(place), fix.get("accuracyMeters", 0))


_READERS = (
    ("_type", _owntracks),
    ("latitudeE7", _record),
    ("placeVisit", _visit),
    ("activitySegment", _journey),
    ("visit", _segment_visit),
    ("activity", _segment_activity),
    ("timelinePath", _segment_path),
    ("position", _raw_signal),
)
"""The key that an element of a format has, and what reads it. Not all of them are exclusive: a segment may have two."""


def _span(duration: dict[str, Any]) -> tuple[Any, Any]:
    start, end = (duration.get(f"{end}Timestamp") or duration.get(f"{end}TimestampMs") for end in ("start", "end"))
    return start, end


def _text_of(place: Any) -> str:
    return str(place["latLng"] if isinstance(place, dict) else place)


_PAIR = re.compile(r"(?:geo:)?\s*(-?\d{1,3}(?:\.\d{1,20})?)\s*°?\s*,\s*(-?\d{1,3}(?:\.\d{1,20})?)\s*°?")


def _degrees(place: str) -> tuple[float, float]:
    found = _PAIR.fullmatch(place.strip())
    if found is None:
        raise NotAPoint(f"no position in {place[:60]!r}")
    return float(found[1]), float(found[2])


def _e7_point(when: Any, fix: dict[str, Any], radius_m: Any = 0) -> TrackPoint | NotAPoint:
    lat = fix["latitudeE7"] if "latitudeE7" in fix else fix["latE7"]
    lon = fix["longitudeE7"] if "longitudeE7" in fix else fix["lngE7"]
    return _point(when, _from_e7(lat, 900_000_000), _from_e7(lon, 1_800_000_000), radius_m)


def _from_e7(value: Any, most: int) -> float:
    # Takeouts before 2018 let large negative numbers overflow: they come back by taking 2**32 off.
    number = float(value)
    return (number - 2**32 if number > most else number) / 1e7


def _point(when: Any, lat: Any, lon: Any, radius_m: Any = 0) -> TrackPoint | NotAPoint:
    try:
        point = TrackPoint(_seconds(when), float(lat), float(lon), max(0.0, float(radius_m or 0)))
    except (TypeError, ValueError, OverflowError) as error:
        return NotAPoint(str(error)[:200])
    if not is_position(point.lat, point.lon):
        return NotAPoint(f"no position on Earth: {point.lat}, {point.lon}")
    if not _FIRST_S < point.time_s < _LAST_S:
        return NotAPoint(f"no time between 1970 and 2100: {str(when)[:40]!r}")
    if not point.radius_m <= _WORST_M:
        return TooCoarse(f"off by {point.radius_m:.0f} m")
    return point


def _seconds(when: Any) -> float:
    """Read seconds or milliseconds since 1970, or ISO 8601, which is UTC unless it says otherwise."""
    if isinstance(when, str) and not when.strip().lstrip("-").isdigit():
        at = datetime.fromisoformat(when.strip())
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    number = float(when)
    if not math.isfinite(number):
        raise NotAPoint("a time that is no number")
    return number / 1_000 if number > _LAST_S else number
