"""What a video says about itself: time, place, length and size."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO

from plugins.features.exif_fields import plain_text
from plugins.pictures import UnreadablePicture, blame_the_disk
from plugins.records import Position
from plugins.videos import frame_picture, open_video

_ISO6709 = re.compile(r"([+-]\d{2}(?:\.\d+)?)([+-]\d{3}(?:\.\d+)?)(?:[+-]\d+(?:\.\d+)?)?(?:CRS\w+)?/?")
_APPLE_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)([+-]\d\d):?(\d\d)")


@dataclass(frozen=True, slots=True)
class VideoFields:
    """What a video says about itself; `taken` is aware, width and height are pixels as shown."""

    width: int = 0
    height: int = 0
    duration_s: float = 0.0
    taken: datetime | None = None
    position: Position | None = None
    camera: str = ""


def read_video(file: IO[bytes], container: str) -> VideoFields:
    """Read a video's fields and decode one frame of it, which tells how it is turned.

    Args:
        file: the video, open for reading in binary; it stays open.
        container: what `pictures.container_of` says of it.

    Raises:
        UnreadablePicture: it is no video that can be played.
        PictureNotThere: the file cannot be read now.
    """
    try:
        with closing(open_video(file, container)) as video:
            tags = {str(key): str(value) for key, value in video.metadata.items()}
            frame = next(iter(video.decode(video.streams.video[0])), None)
            if frame is None:
                raise UnreadablePicture("no frame of the video can be decoded")
            width, height = frame_picture(frame).size
            duration_s = max(0.0, (video.duration or 0) / 1_000_000)
    except UnreadablePicture:
        raise
    except Exception as error:  # FFmpeg's errors are many, and none of them is a reason to stop
        blame_the_disk(error, file)
        raise UnreadablePicture(f"it is no video that can be played ({type(error).__name__})") from error
    return VideoFields(width, height, duration_s, video_time(tags), video_position(tags), _camera(tags))


def video_time(tags: Mapping[str, str]) -> datetime | None:
    """Return when a video was taken: Apple's own time with its offset, else the container's, which is in UTC."""
    if match := _APPLE_TIME.fullmatch(tags.get("com.apple.quicktime.creationdate", "")):
        return _parsed(f"{match[1]}{match[2]}:{match[3]}")
    taken = _parsed(tags.get("creation_time", ""))
    return taken.replace(tzinfo=UTC) if taken else None


def video_position(tags: Mapping[str, str]) -> Position | None:
    """Return where a video was taken, from ISO 6709 text like `+38.7100-009.1400+012.000/`; 0, 0 is unknown."""
    texts = (tags.get(name, "") for name in ("com.apple.quicktime.location.ISO6709", "location", "location-eng"))
    match = next((found for text in texts if (found := _ISO6709.fullmatch(text.strip()))), None)
    if match is None:
        return None
    lat, lon = float(match[1]), float(match[2])
    return None if abs(lat) > 90 or abs(lon) > 180 or (lat == 0 and lon == 0) else Position(lat, lon)


def _parsed(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _camera(tags: Mapping[str, str]) -> str:
    make = tags.get("com.apple.quicktime.make") or tags.get("com.android.manufacturer") or ""
    model = tags.get("com.apple.quicktime.model") or tags.get("com.android.model") or ""
    return plain_text(f"{make} {model}")
