"""What a reader may answer, whatever it was given: values of the right kind, in ranges that can be true."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import numpy as np
from PIL import Image

from plugins.features.exif_fields import ExifFields, Stamp
from plugins.galleries.folder.catalogue import AlbumFile
from plugins.galleries.folder.people import PersonEntry
from plugins.galleries.folder.sidecar import SidecarFields
from plugins.galleries.folder.takeout import TakeoutFields
from plugins.galleries.folder.videos import VideoFields
from plugins.places.tracks import Track, TrackProblem
from plugins.records import Box, Photo, PlaceWords, Position, Region

LINE = 1_000  # characters of a name, a place or a camera
REASON = 3_000  # characters of what is said about a file, its path included
TEXT = 16_000_000  # characters of a description: no file that we read is larger
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class Wrong(AssertionError):
    """A reader answered with something that cannot be true."""


def need(holds: bool, what: str) -> None:
    """Raise `Wrong` unless something holds."""
    if not holds:
        raise Wrong(what)


def check_line(text: str, what: str, most: int = LINE) -> None:
    """Hold a text to one line that can be shown, stored and is not endless."""
    need(isinstance(text, str), f"{what} is {type(text).__name__}")
    need(len(text) <= most, f"{what} has {len(text)} characters")
    need(_CONTROL.search(text) is None, f"{what} holds control characters: {text[:80]!r}")
    check_text(text, what)


def check_text(text: str, what: str) -> None:
    """Hold a text to what can be stored."""
    need(len(text) <= TEXT, f"{what} has {len(text)} characters")
    need("\0" not in text, f"{what} holds a zero")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise Wrong(f"{what} cannot be stored: {error}") from error


def check_reason(error: Exception) -> None:
    """Hold an error to a text that a user can read."""
    need(bool(str(error).strip()), f"{type(error).__name__} says nothing")
    check_line(str(error), type(error).__name__, REASON)


def check_picture(picture: Image.Image) -> None:
    """Hold a decoded picture to RGB of a size that is one."""
    need(picture.mode == "RGB", f"mode {picture.mode}")
    need(min(picture.size) >= 1, f"size {picture.size}")


def check_exif(fields: ExifFields) -> None:
    """Hold the fields of a picture to their promises."""
    need(fields.width >= 1 and fields.height >= 1, f"size {fields.width} × {fields.height}")
    need(fields.orientation in range(1, 9), f"orientation {fields.orientation}")
    for stamp in (fields.taken, fields.digitized, fields.changed):
        _check_stamp(stamp)
    if fields.gps_time is not None:
        need(fields.gps_time.utcoffset() == timedelta(0) and _is_plausible(fields.gps_time), f"GPS {fields.gps_time}")
    height_m = fields.altitude_m
    need(height_m is None or -12_000 <= height_m <= 100_000, f"altitude {height_m}")
    need(fields.rating in range(6), f"rating {fields.rating}")
    need(isinstance(fields.xmp, bytes), "xmp")
    need(len(fields.reasons) < 50, f"{len(fields.reasons)} reasons")
    check_line(fields.camera, "camera")
    _check_lines((*fields.keywords, *fields.reasons), "keyword or reason")
    _check_position(fields.position)
    _check_words(fields.words)


def check_video(fields: VideoFields) -> None:
    """Hold the fields of a video to their promises."""
    need(fields.width >= 1 and fields.height >= 1, f"size {fields.width} × {fields.height}")
    need(math.isfinite(fields.duration_s) and fields.duration_s >= 0, f"duration {fields.duration_s}")
    need(fields.taken is None or fields.taken.utcoffset() is not None, f"taken {fields.taken} is not aware")
    check_line(fields.camera, "camera")
    _check_position(fields.position)


def check_sidecar(fields: SidecarFields) -> None:
    """Hold the fields of an XMP packet to their promises; its tags are the user's text, whatever that is."""
    need(fields.rating in range(6), f"rating {fields.rating}")
    need(fields.taken is None or isinstance(fields.taken, datetime), f"taken {fields.taken}")
    need(not set(fields.tags) & set(fields.our_tags), "a tag is the user's and ours")
    for text in (*fields.tags, *fields.our_tags, fields.description):
        check_text(text, "tag or description")
    for region in fields.regions:
        check_line(region.name, "name of a region")
        _check_box(region.box)
    _check_position(fields.position)
    _check_words(fields.words)


def check_takeout(fields: TakeoutFields) -> None:
    """Hold the fields of a Takeout JSON to their promises."""
    need(fields.taken is None or fields.taken.tzinfo is UTC, f"taken {fields.taken}")
    flags = (fields.favourite, fields.archived, fields.trashed)
    need(all(isinstance(flag, bool) for flag in flags), f"flags {flags}")
    _check_lines(fields.people, "person")
    check_text(fields.description, "description")
    _check_position(fields.position)


def check_album(file: AlbumFile) -> None:
    """Hold an album file to texts that can be stored."""
    for text in (file.title, file.description, file.cover or "", *file.photos):
        check_text(text.replace("\0", ""), "text of an album")  # TOML has \u0000, and nothing here is stored
    if file.marker is not None:
        check_text(f"{file.marker.kind} {file.marker.key}".replace("\0", ""), "marker")


def check_people(people: dict[str, PersonEntry]) -> None:
    """Hold a file of people to texts."""
    for key, entry in people.items():
        for text in (key, entry.name, *entry.faces):
            check_text(text.replace("\0", ""), "text of a person")


def check_track(track: Track, problems: Iterable[TrackProblem]) -> None:
    """Hold a track to fixes on Earth, in order."""
    columns = (track.time_s, track.lat, track.lon, track.radius_m)
    need(len({len(column) for column in columns}) == 1, "columns of different lengths")
    need(all(bool(np.isfinite(column).all()) for column in columns), "a fix that is no number")
    need(bool((np.diff(track.time_s) > 0).all()), "fixes out of order")
    need(bool((np.abs(track.lat) <= 90).all() and (np.abs(track.lon) <= 180).all()), "a fix that is not on Earth")
    need(bool((track.radius_m >= 0).all() and (track.time_s > 0).all()), "a radius or time below 0")
    for problem in problems:
        check_line(problem.reason, "reason", REASON)


def check_photo(photo: Photo, regions: Iterable[Region]) -> None:
    """Hold a photo of a scan, and the faces in it, to their promises."""
    need(photo.taken_at.utcoffset() == timedelta(0), f"{photo.taken_at} is not UTC")
    need(photo.taken_local.tzinfo is None, f"{photo.taken_local} is aware")
    need(_is_plausible(photo.taken_at) and _is_plausible(photo.taken_local), f"taken {photo.taken_at}")
    apart = abs(photo.taken_at.replace(tzinfo=None) - photo.taken_local)
    need(apart < timedelta(days=1), f"{photo.taken_local} is {apart} off {photo.taken_at}")
    need(photo.width >= 1 and photo.height >= 1, f"size {photo.width} × {photo.height}")
    need(photo.rating in range(6), f"rating {photo.rating}")
    need(math.isfinite(photo.duration_s) and photo.duration_s >= 0, f"duration {photo.duration_s}")
    check_line(photo.camera, "camera")
    _check_lines(photo.tags, "tag")
    _check_position(photo.position)
    _check_words(photo.words)
    for region in regions:
        check_line(region.name, "name of a region")
        if region.box is not None:
            _check_box(region.box)


def _check_stamp(stamp: Stamp | None) -> None:
    if stamp is None:
        return
    need(stamp.local.tzinfo is None and _is_plausible(stamp.local), f"stamp {stamp.local}")
    need(stamp.offset is None or abs(stamp.offset) <= timedelta(hours=14), f"offset {stamp.offset}")


def _is_plausible(moment: datetime) -> bool:
    latest = datetime.now(UTC) + timedelta(days=4)
    return moment.year >= 1900 and moment.replace(tzinfo=None) <= latest.replace(tzinfo=None)


def _check_position(position: Position | None) -> None:
    if position is None:
        return
    lat, lon, radius_m = position.lat, position.lon, position.radius_m
    need(all(isinstance(value, float) for value in (lat, lon, radius_m)), f"position {position}")
    need(abs(lat) <= 90 and abs(lon) <= 180 and (lat, lon) != (0, 0), f"position {position}")  # false of NaN
    need(0 <= radius_m < 100_000, f"radius {radius_m}")


def _check_box(box: Box) -> None:
    left, top, right, bottom = box
    need(0 <= left < right <= 1 and 0 <= top < bottom <= 1, f"box {box}")


def _check_words(words: PlaceWords) -> None:
    _check_lines((words.sublocation, words.city, words.state, words.country), "place name")


def _check_lines(texts: Iterable[str], what: str) -> None:
    for text in texts:
        check_line(text, what)
