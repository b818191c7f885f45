"""What an asset of Immich is in our words: its times, place, size, content, and the faces in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from plugins.galleries.http.shapes import camera_name
from plugins.galleries.immich.parsing import AssetPart, ExifPart, FacePart
from plugins.records import Box, Kind, Photo, PlaceWords, Position, TimeOrigin

KINDS: Final[dict[str, Kind]] = {"IMAGE": "image", "VIDEO": "video"}
"""What of Immich's types is a photo; sound and unknown files are not."""
EDITED: Final = "immich-edited:"
"""How the content of a photo begins that the user has edited in Immich: its preview is another than the file's."""
_TURNED: Final = frozenset({"5", "6", "7", "8", "Rotate 90 CW", "Rotate 270 CW"})


def photo_of(asset: AssetPart, zone: ZoneInfo, tags: Sequence[str] = (), hidden: bool = False) -> Photo:
    """Return an asset as a photo.

    Args:
        asset: as the server shows it, with its metadata.
        zone: where photos were taken whose camera knew no time zone.
        tags: its tags.
        hidden: whether the timeline does not show it.

    Raises:
        ValueError: its times cannot be read.
    """
    exif = asset.exifInfo or ExifPart()
    taken_at, taken_local, origin = _times(asset, exif, zone)
    width, height = _size(asset, exif)
    return Photo(
        id=asset.id,
        name=_name(asset),
        taken_at=taken_at,
        taken_local=taken_local,
        content_key=_content(asset),
        owner=asset.ownerId,
        kind=KINDS[asset.type],
        time_origin=origin,
        position=_position(exif),
        words=PlaceWords(city=exif.city, state=exif.state, country=exif.country),
        width=width,
        height=height,
        camera=camera_name(exif.make, exif.model),
        duration_s=_seconds(asset.duration) if asset.type == "VIDEO" else 0.0,
        hidden=hidden,
        tags=tuple(tags),
        rating=max(-1, min(5, round(exif.rating or 0))),
        favourite=asset.isFavorite,
    )


def _times(asset: AssetPart, exif: ExifPart, zone: ZoneInfo) -> tuple[datetime, datetime, TimeOrigin]:
    """Return when a photo was taken, on the world's clock and on the wall.

    `localDateTime` is the wall's clock with a false Z. `fileCreatedAt` is the world's only where the server knew a
    zone; else it took the wall's clock for UTC, and the library's own zone is the better guess. Without any date
    inside the file it is the file's own time, which is the world's.
    """
    instant = datetime.fromisoformat(asset.fileCreatedAt)
    instant = (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
    wall = datetime.fromisoformat(asset.localDateTime).replace(tzinfo=None)
    try:
        if exif.dateTimeOriginal is None:
            return instant, instant.astimezone(zone).replace(tzinfo=None), "file"
        return instant if exif.timeZone else wall.replace(tzinfo=zone).astimezone(UTC), wall, "exif"
    except OverflowError as error:  # in the first or last hours of all time
        raise ValueError("its date is out of bounds") from error


def _name(asset: AssetPart) -> str:
    """Return the file's name; of an external library's photo its path, so that folders can be left out by name."""
    return asset.originalPath.lstrip("/") if asset.libraryId and asset.originalPath else asset.originalFileName


def _content(asset: AssetPart) -> str:
    """Return what stands for the content of a photo's preview.

    An upload's checksum is that of its bytes, so uploading it again costs nothing. That of an external library's file
    is made of its path, and an edited photo shows something else than its file: there the picture's own hash tells.
    """
    if asset.isEdited:
        return f"{EDITED}{asset.id}:{asset.thumbhash or ''}"
    if asset.checksum and asset.libraryId is None:
        return f"sha1:{asset.checksum}"
    return f"immich:{asset.id}:{asset.thumbhash or ''}"


def _position(exif: ExifPart) -> Position | None:
    lat, lon = exif.latitude, exif.longitude
    if lat is None or lon is None or not (-90 <= lat <= 90 and -180 <= lon <= 180) or (lat, lon) == (0, 0):
        return None
    return Position(lat, lon)


def _size(asset: AssetPart, exif: ExifPart) -> tuple[int, int]:
    """Return the upright width and height in pixels, 0 where nobody knows; those of EXIF are as the file lies."""
    if asset.width and asset.height:
        return round(asset.width), round(asset.height)
    width, height = round(exif.exifImageWidth or 0), round(exif.exifImageHeight or 0)
    return (height, width) if exif.orientation in _TURNED else (width, height)


def _seconds(duration: int | str | None) -> float:
    """Read a duration: milliseconds since 3.0, `H:MM:SS.ffffff` before."""
    if not isinstance(duration, str):
        return max(0, duration or 0) / 1000
    try:
        hours, minutes, seconds = (float(part) for part in duration.split(":"))
    except ValueError:
        return 0.0
    return 3600 * hours + 60 * minutes + seconds


def box_of(face: FacePart) -> Box | None:
    """Return a face's box as shares of the upright picture; None for one that lies outside of it.

    Boxes are in pixels of the picture that `imageWidth` and `imageHeight` tell, whichever that was; of an edited photo
    they are in the edited one, as its preview is.
    """
    if face.imageWidth <= 0 or face.imageHeight <= 0:
        return None
    xs = sorted(_share(x, face.imageWidth) for x in (face.boundingBoxX1, face.boundingBoxX2))
    ys = sorted(_share(y, face.imageHeight) for y in (face.boundingBoxY1, face.boundingBoxY2))
    return (xs[0], ys[0], xs[1], ys[1]) if xs[0] < xs[1] and ys[0] < ys[1] else None


def _share(at: float, length: int) -> float:
    return min(1.0, max(0.0, at / length))
