"""A fake PhotoPrism with five photos and its user, who has the web pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from fakes.killing import Killer
from fakes.photoprism import FakePhotoPrism
from fakes.served.photoprism import open_gallery, told
from fakes.worlds import N, World

_OURS = ("labels", "markers")
"""What of a photo our changes are for."""


@contextmanager
def photoprism_world(place: Path, version: str) -> Iterator[World]:
    """Lend a server of its own; `place` is where the gallery keeps its notes."""
    place.mkdir()
    with FakePhotoPrism(version) as server:
        photos, ana = server.add_photos(N), server.add_person("Ana")
        loose = [f"{photo}#{server.add_face(photo, (0.1, 0.1, 0.2, 0.3))}" for photo in photos[:4]]
        anas = f"{photos[0]}#{server.add_face(photos[0], (0.6, 0.2, 0.2, 0.3), ana)}"

        def originals() -> dict[str, object]:
            photos: dict[str, Any] = told(server)["photos"]
            return {name: {k: v for k, v in photo.items() if k not in _OURS} for name, photo in photos.items()}

        def hide(photo: str, hidden: bool) -> None:
            (server.archive if hidden else server.restore)(photo)

        def watch(killer: Killer) -> None:
            killer.watch()
            httpx.Client.send = killer.around(httpx.Client.send)  # type: ignore[method-assign]

        yield World(
            open=lambda: open_gallery(server.url, server.token, place / "known"),
            originals=originals,
            everything=lambda: told(server),
            nowhere="pzzzzzzzzzzzzzzz",
            add_photo=server.upload,
            add_album=server.add_album,
            release=lambda album: server.change_album(album, notes=""),
            hide=hide,
            loose=tuple(loose),
            anas=anas,
            ana=ana,
            give=lambda face, person: server.give(face.rpartition("#")[2], person),
            call=server.rename_person,
            watch=watch,
        )
