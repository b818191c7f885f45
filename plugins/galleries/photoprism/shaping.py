"""What a row of PhotoPrism's search is in our words: its times, place, size and content; and the boxes of markers."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from plugins.galleries.http.shapes import camera_name
from plugins.galleries.photoprism.parsing import MarkerPart, RowPart
from plugins.records import Box, Kind, Photo, PlaceWords, Position, TimeOrigin

KINDS: Final[dict[str, Kind]] = {
    "image": "image",
    "raw": "image",
    "live": "image",
    "animated": "image",
    "vector": "image",
    "video": "video",
}
"""What of PhotoPrism's types is a photo; documents, sound and files beside others are not."""
APPROVED: Final = 3
"""The quality from which on a photo waits for no review."""
BROKEN: Final = -1
"""The quality of a photo whose files are gone or broken."""
_ORIGINS: Final[dict[str, TimeOrigin]] = {
    "": "file",
    "auto": "file",
    "default": "file",
    "estimate": "file",
    "file": "file",
    "name": "name",
    "xmp": "xmp",
    "manual": "xmp",
    "batch": "xmp",
    "admin": "xmp",
}
"""Where a time is from, by `TakenSrc`; everything else is the file's metadata. The user's own are as good as XMP's."""
_NO_ZONE: Final = frozenset({"", "local"})
_UNKNOWN: Final = frozenset({"", "unknown", "zz"})
_BESIDE: Final = "sidecar"


def photo_of(row: RowPart, zone: ZoneInfo, tags: tuple[str, ...] = ()) -> Photo:
    """Return a row as a photo; one that is archived is hidden.

    Args:
        row: as the server shows it.
        zone: where photos were taken whose camera knew no time zone.
        tags: its tags.

    Raises:
        ValueError: its times cannot be read, or its type is no photo's.
    """
    kind = KINDS.get(row.Type)
    if kind is None:
        raise ValueError(f"a file of the type {row.Type[:40]!r} is no photo")
    taken_at, taken_local, origin = _times(row, zone)
    guessed = row.PlaceSrc == "estimate"
    return Photo(
        id=row.UID,
        name=name_of(row),
        taken_at=taken_at,
        taken_local=taken_local,
        content_key=row.Hash,
        kind=kind,
        time_origin=origin,
        position=None if guessed else _position(row.Lat, row.Lng),
        words=PlaceWords() if guessed else _words(row),
        width=max(0, row.Width),
        height=max(0, row.Height),
        camera=_camera(row),
        duration_s=_seconds(row.Duration) if kind == "video" else 0.0,
        hidden=bool(row.DeletedAt),
        tags=tags,
        favourite=row.Favorite,
    )


def name_of(row: RowPart) -> str:
    """Return the path of the original; the picture that stands for a RAW or a video is named after it in `sidecar`."""
    name = row.FileName.lstrip("/")
    if row.FileRoot == _BESIDE and "." in name.rpartition("/")[2].rpartition(".")[0]:
        return name.rpartition(".")[0]
    return name or row.OriginalName or row.UID


def _times(row: RowPart, zone: ZoneInfo) -> tuple[datetime, datetime, TimeOrigin]:
    """Return when a photo was taken, on the world's clock and on the wall.

    `TakenAtLocal` is the wall's clock with a false Z. `TakenAt` is the world's only where the server knew a zone; else
    it is the wall's clock too, and the library's own zone is the better guess. Without any date in or about the file it
    is the file's own time, which is the world's.
    """
    instant, wall = _moment(row.TakenAt), _moment(row.TakenAtLocal).replace(tzinfo=None)
    origin = _ORIGINS.get(row.TakenSrc, "exif")
    zoneless = row.TimeZone.casefold() in _NO_ZONE
    try:
        if origin == "file" and (zoneless or row.TimeZone == "UTC"):
            return instant, instant.astimezone(zone).replace(tzinfo=None), origin
        return wall.replace(tzinfo=zone).astimezone(UTC) if zoneless else instant, wall, origin
    except OverflowError as error:  # in the first or last hours of all time
        raise ValueError("its date is out of bounds") from error


def _moment(text: str) -> datetime:
    """Read a time of the server's: RFC 3339, of a zone that is not to be believed; 0001-01-01 stands for none."""
    found = datetime.fromisoformat(text)
    found = found.replace(tzinfo=UTC) if found.tzinfo is None else found
    try:
        found = found.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("its date is out of bounds") from error
    if found.year <= 1:
        raise ValueError("it has no date")
    return found


def _position(lat: float, lng: float) -> Position | None:
    """Return a place; 0, 0 is none, and so is what lies outside of the Earth."""
    if (lat, lng) == (0, 0) or not (-90 <= lat <= 90 and -180 <= lng <= 180):
        return None
    return Position(lat, lng)


def _words(row: RowPart) -> PlaceWords:
    city, state, country = (
        "" if text.casefold() in _UNKNOWN else text for text in (row.PlaceCity, row.PlaceState, row.PlaceCountry)
    )
    return PlaceWords(city=city, state=state, country=country)


def _camera(row: RowPart) -> str:
    make, model = ("" if text.casefold() in _UNKNOWN else text for text in (row.CameraMake, row.CameraModel))
    return camera_name(make, model)


def _seconds(nanoseconds: float) -> float:
    return max(0.0, nanoseconds) / 1e9 if math.isfinite(nanoseconds) else 0.0


def box_of(marker: MarkerPart) -> Box | None:
    """Return a marker's box as shares of the upright picture; None for one that lies outside of it."""
    if not all(map(math.isfinite, (marker.X, marker.Y, marker.W, marker.H))):
        return None
    left, right = _share(marker.X), _share(marker.X + marker.W)
    top, bottom = _share(marker.Y), _share(marker.Y + marker.H)
    return (left, top, right, bottom) if left < right and top < bottom else None


def _share(at: float) -> float:
    return min(1.0, max(0.0, at))
