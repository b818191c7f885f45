"""A folder of photos, with what its user did by hand, as assets of the fake server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from fakes.shots import of_folder, offset_h, users_doings

from plugins.records import Photo

if TYPE_CHECKING:
    from fakes.immich.user import UserActions


def assets_of(folder: Path) -> list[dict[str, Any]]:
    """Return what `add_asset` takes for each photo of a folder, in time order."""
    return [_fields(photo, folder / photo.name) for photo in of_folder(folder)]


def _fields(photo: Photo, source: Path) -> dict[str, Any]:
    place = photo.position
    exif: dict[str, Any] = {"model": photo.camera or None, "rating": photo.rating or None}
    exif |= {"latitude": place.lat, "longitude": place.lon} if place else {}
    exif["timeZone"] = f"UTC{hours:+d}" if (hours := offset_h(photo)) else None
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
    user = users_doings(folder)
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
