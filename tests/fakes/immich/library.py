"""A folder of photos, with what its user did by hand, as assets of the fake server."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from plugins.galleries.folder import Plugin
from plugins.records import Photo

if TYPE_CHECKING:
    from fakes.immich.user import UserActions


def assets_of(folder: Path) -> list[dict[str, Any]]:
    """Return what `add_asset` takes for each photo of a folder, in time order."""
    with tempfile.TemporaryDirectory() as state, Plugin(folder, Path(state), ZoneInfo("UTC")) as gallery:
        photos = sorted(gallery.photos(), key=lambda p: (p.taken_at, p.name))
        return [_fields(p, folder / p.name) for p in photos]


def _fields(photo: Photo, source: Path) -> dict[str, Any]:
    place = photo.position
    exif: dict[str, Any] = {"model": photo.camera or None, "rating": photo.rating or None}
    exif |= {"latitude": place.lat, "longitude": place.lon} if place else {}
    offset_h = round((photo.taken_local - photo.taken_at.replace(tzinfo=None)).total_seconds() / 3600)
    exif["timeZone"] = f"UTC{offset_h:+d}" if offset_h else None
    return {
        "name": photo.name,
        "taken": photo.taken_at,
        "local": photo.taken_local,
        "exif": exif,
        "width": photo.width,
        "height": photo.height,
        "source": source,
        "type": "VIDEO" if photo.kind == "video" else "IMAGE",
    }


def live(server: UserActions, folder: Path, ids: dict[str, str]) -> None:
    """Do what the user of `make_library.py` did by hand: tags, favourites, named faces, albums with covers."""
    user = json.loads((folder / "user_state.json").read_text())
    for name, tags in user["tags"].items():
        for tag in tags:
            server.tag(tag, ids[name])
    server.favourite(*(ids[name] for name in user["favourites"]))
    for person, faces in user["named_faces"].items():
        who = server.add_person(person)
        for face in faces:
            server.add_face(ids[face["photo"]], tuple(face["box"]), who)
    for album in user["albums"]:
        made = server.add_album(album["name"], [ids[name] for name in album["photos"]])
        server.set_cover(made, ids[album["cover"]])
