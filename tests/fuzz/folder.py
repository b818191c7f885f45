"""A folder gallery with one damaged file in it: scanned, shown and asked for everything, it loses no good photo."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from fuzz.checks import check_line, check_photo, check_picture, check_reason, need
from PIL import Image

from plugins.galleries import GalleryRefused
from plugins.galleries.folder import Plugin
from plugins.galleries.folder.walking import PICTURES, VIDEOS
from plugins.pictures import UnreadablePicture, open_picture
from plugins.records import Photo

ZONE = ZoneInfo("Europe/Lisbon")
GOOD, BESIDE = "good.jpg", "photo.jpg"


def check_folder(name: str, data: bytes, place: Path) -> bool:
    """Lay the damaged file where its name says it belongs, and hold the gallery to its promises.

    Returns:
        Whether nothing had to be reported.
    """
    photos = place / "photos"
    damaged = _laid(name, data, photos)
    gallery = Plugin(photos, place / "data", ZONE)
    found = {photo.name: photo for photo in gallery.photos()}
    need(GOOD in found, f"{GOOD} is lost")
    for photo in found.values():
        check_photo(photo, gallery.regions(photo) if damaged != "people.toml" else ())
        _check_preview(gallery, photo)
    problems = gallery.problems
    for problem in problems:
        check_line(problem.reason, "reason", 3_000)
    if damaged == BESIDE:
        need(BESIDE in found or _is_trashed(data), f"{BESIDE} is lost")
    known = damaged in found or any(damaged in problem.path for problem in problems)
    need(known or damaged.endswith(".toml") or _is_trashed(data), f"{damaged} is neither shown nor reported")
    return not problems and _asked(gallery)


def _laid(name: str, data: bytes, photos: Path) -> str:
    """Write a good photo and the damaged file; return the name of the photo that it is or speaks of."""
    photos.mkdir(parents=True)
    (photos / GOOD).write_bytes(_good(90))
    suffix = Path(name).suffix
    if suffix in (".xmp", ".json", ".toml"):
        (photos / BESIDE).write_bytes(_good(120))
    if suffix == ".toml":
        path = photos / ".albumen" / ("people.toml" if name == "people.toml" else f"albums/{name}")
        path.parent.mkdir(parents=True)
        path.write_bytes(data)
        return name
    if suffix not in (".xmp", ".json"):
        photo = name if suffix in PICTURES | VIDEOS else f"{name}.jpg"
        (photos / photo).write_bytes(data)
        return photo
    (photos / f"{BESIDE}{suffix}").write_bytes(data)
    return BESIDE


@cache
def _good(shade: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (16, 12), (shade, 90, 120)).save(out, "JPEG")
    return out.getvalue()


def _is_trashed(data: bytes) -> bool:
    return b"trashed" in data.replace(b"\0", b"")  # Google's bin: left out on purpose, and never reported


def _check_preview(gallery: Plugin, photo: Photo) -> None:
    try:
        check_picture(open_picture(gallery.preview(photo, 16).source, working=True))
    except UnreadablePicture as error:
        need(photo.name not in (GOOD, BESIDE), f"{photo.name} has no preview")
        check_reason(error)


def _asked(gallery: Plugin) -> bool:
    """Ask for albums, members, people and tags; say whether all could be told."""
    try:
        for album in gallery.albums():
            gallery.members(album.id)
        gallery.people()
        gallery.tags()
        gallery.signals()
    except GalleryRefused as error:
        check_line(str(error), "GalleryRefused", 3_000)
        return False
    return True
