"""A library on a fake PhotoPrism, with batch edit and of a version before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from fakes.http.server import Seen
from fakes.photoprism import FakePhotoPrism
from fakes.served import Kind
from fakes.served.wanted import N, people

from plugins.galleries.photoprism import Plugin
from plugins.sections import Retry
from plugins.settings import LibrarySettings

NEW, OLD = "260919", "250707"
"""Versions with and without the batch edit."""


def serve(version: str = NEW, n: int = N) -> FakePhotoPrism:
    """Return a server, not running yet, with so many photos of one user; the same one each time."""
    server = FakePhotoPrism(version, seed=7)
    server.add_photos(n)
    return server


def with_things_of_the_users(server: FakePhotoPrism, photos: Sequence[str]) -> None:
    """Let the user have had an album, labels and favourites before; two of the labels are some that we will want."""
    server.set_cover(server.add_album("Grandma", photos[12:18], description="for the wall"), photos[14])
    server.label("Portugal", photos[3], photos[38])
    server.label("Auto / Repair Shop", photos[35])
    server.favourite(photos[0], photos[7])


def with_faces(server: FakePhotoPrism) -> None:
    """Let the server have found a face of nobody in every second photo of the first eight."""
    for photo in list(server.state.photos)[1:8:2]:
        server.add_face(photo, (0.1, 0.1, 0.2, 0.3))


def is_write(seen: Seen) -> bool:
    """Say whether a request may have changed something; a session is nothing of the library's."""
    return seen.method not in {"GET", "HEAD"} and not seen.path.endswith("/session")


def open_gallery(url: str, key: str, folder: Path, attempts: int = 4, **settings: Any) -> Plugin:
    """Open the gallery as settings do; it waits milliseconds where it would wait seconds for a real one."""
    said = {"name": "served", "gallery": "photoprism", "url": url, "api_key": key, "time_zone": "UTC"}
    retry = Retry(attempts=attempts, backoff_s=0.001)
    return Plugin.of(LibrarySettings.model_validate({**said, "retry": retry, **settings}), folder)


def told(server: FakePhotoPrism) -> dict[str, Any]:
    """Return the whole state without what the server makes of changes by itself, which a change back does not undo.

    Those are the titles that nobody wrote, keywords, labels on no photo, memberships that it hides; and of a face that
    is nobody's, that it was somebody's.
    """
    found = server.dump()
    for photo in found["photos"].values():
        photo["title"] = photo["title"] if photo["title"][1] else ("", "")
        photo["keywords"] = ""
        photo["markers"] = [m if m["name"] else m | {"subject_src": "", "has_face": False} for m in photo["markers"]]
    for album in found["albums"]:
        del album["hidden"]
    used = {slug for photo in found["photos"].values() for slug, *_ in photo["labels"]}
    return found | {"labels": [label for label in found["labels"] if label[0] in used], "clusters": []}


PHOTOPRISM = Kind(
    name="photoprism",
    serve=serve,
    open=open_gallery,
    photos=lambda server: sorted(server.state.photos, key=lambda photo: server.state.photos[photo].taken),
    with_faces=with_faces,
    with_things_of_the_users=with_things_of_the_users,
    is_write=is_write,
    people=partial(people, names=("Ana", "Ben")),
    key=lambda server: str(server.token),
)
OLDER = replace(PHOTOPRISM, name="photoprism before the batch edit", serve=partial(serve, OLD))
writes = PHOTOPRISM.writes
