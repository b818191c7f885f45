"""A folder of photos, with what its user did by hand, as photos of the fake server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from fakes.shots import of_folder, offset_h, users_doings

from plugins.records import Photo

if TYPE_CHECKING:
    from fakes.photoprism.user import UserActions


def photos_of(folder: Path) -> list[dict[str, Any]]:
    """Return what `add_photo` takes for each photo of a folder, in time order."""
    return [_fields(photo, folder / photo.name) for photo in of_folder(folder)]


def _fields(photo: Photo, source: Path) -> dict[str, Any]:
    place, is_video = photo.position, photo.kind == "video"
    fields: dict[str, Any] = {
        "name": photo.name,
        "taken": photo.taken_at,
        "local": photo.taken_local,
        "type": "video" if is_video else "image",
        "size": (photo.width or 640, photo.height or 480),
        "camera_model": photo.camera or "Unknown",
        "source": None if is_video else source,
        "video": source if is_video else None,
    }
    fields |= {"time_zone": f"UTC{hours:+d}"} if (hours := offset_h(photo)) else {"time_zone": "UTC"}
    return fields | ({"lat": place.lat, "lng": place.lon, "place_src": "meta"} if place else {})


def live(server: UserActions, folder: Path, uids: dict[str, str]) -> None:
    """Do what the user of `make_library.py` did by hand: labels, favourites, named faces, albums with covers."""
    user = users_doings(folder)
    for name, tags in user["tags"].items():
        for tag in tags:
            server.label(tag, uids[name])
    server.favourite(*(uids[name] for name in user["favourites"]))
    for person, faces in user["named_faces"].items():
        who = server.add_person(person)
        for face in faces:
            server.add_face(uids[face["photo"]], _shares(server, uids[face["photo"]], face["box"]), who)
    for album in user["albums"]:
        made = server.add_album(album["name"], [uids[name] for name in album["photos"]])
        server.set_cover(made, uids[album["cover"]])


def _shares(server: UserActions, photo: str, box: list[int]) -> tuple[float, float, float, float]:
    """Return a box in pixels as left, top, width and height in shares of the picture."""
    file = server.state.primary(server.state.photos[photo])
    left, top, right, bottom = box
    return left / file.width, top / file.height, (right - left) / file.width, (bottom - top) / file.height
