"""A fake Immich with five photos and its user, who has the web pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
from fakes.immich import FakeImmich
from fakes.immich_writer import OLD, PACE
from fakes.killing import Killer
from fakes.worlds import N, World

from plugins.galleries.immich import Plugin
from plugins.galleries.immich.client import Patience, connect

_OURS = ("tags", "sidecar", "faces")
"""What of a photo our changes are for."""


@contextmanager
def immich_world(place: Path, version: str) -> Iterator[World]:
    """Lend a server of its own; `place` is where the gallery keeps its notes."""
    place.mkdir()
    with FakeImmich(version) as server:
        photos, ana = server.add_photos(N, created=OLD), server.add_person("Ana")
        loose = [f"{photo}#{server.add_face(photo, (64, 48, 192, 192))}" for photo in photos[:4]]
        anas = f"{photos[0]}#{server.add_face(photos[0], (384, 96, 512, 240), ana)}"

        def originals() -> dict[str, object]:
            assets = server.dump()["assets"].items()
            return {path: {k: v for k, v in asset.items() if k not in _OURS} for path, asset in assets}

        def watch(killer: Killer) -> None:
            killer.watch()
            httpx.Client.send = killer.around(httpx.Client.send)  # type: ignore[method-assign]

        yield World(
            open=lambda: Plugin(
                connect(server.url, server.key), place / "known", ZoneInfo("UTC"), Patience(backoff_s=0.001), PACE
            ),
            originals=originals,
            everything=server.dump,
            nowhere=str(UUID(int=1, version=4)),
            add_photo=lambda: server.add_asset("new.jpg", datetime.now(UTC)),
            add_album=server.add_album,
            release=lambda album: server.describe_album(album, ""),
            hide=lambda photo, hidden: server.change_asset(photo, visibility="archive" if hidden else "timeline"),
            loose=tuple(loose),
            anas=anas,
            ana=ana,
            give=lambda face, person: server.move_face(face.rpartition("#")[2], person),
            call=server.name_person,
            watch=watch,
        )
