"""A library on a fake Immich."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from fakes.immich import FakeImmich
from fakes.immich.server import Seen
from fakes.served import LONG_AGO, Kind
from fakes.served.wanted import N

from plugins.galleries.immich import Plugin
from plugins.galleries.immich.client import Patience, connect
from plugins.galleries.immich.waiting import Pace

QUICK = Pace(poll_s=0.002, quiet_polls=10, limit_s=20.0)


def serve(version: str = "3.1.0", n: int = N) -> FakeImmich:
    """Return a server, not running yet, with so many photos of one user; the same one each time."""
    server = FakeImmich(version, seed=7)
    server.add_photos(n, created=LONG_AGO, updated=LONG_AGO)
    server.job_delay_s = 0.002
    return server


def with_things_of_the_users(server: FakeImmich, photos: Sequence[str]) -> None:
    """Let the user have had an album, tags and favourites before; two of the tags are some that we will want."""
    server.set_cover(server.add_album("Grandma", photos[12:18], "for the wall"), photos[14])
    server.tag("Portugal", photos[3], photos[38])
    server.tag("Auto/Repair shop", photos[35])
    server.favourite(photos[0], photos[7])
    server.idle()


def with_faces(server: FakeImmich) -> None:
    """Let the server have found a face of nobody in every second photo of the first eight."""
    for photo in list(server.state.assets)[1:8:2]:
        server.add_face(photo, (64, 48, 192, 192))


def is_write(seen: Seen) -> bool:
    """Say whether a request may have changed something."""
    return seen.method not in {"GET", "HEAD"} and not seen.path.startswith("/api/search/")


def open_gallery(url: str, key: str, folder: Path, attempts: int = 4) -> Plugin:
    """Open the gallery that waits milliseconds where it would wait seconds for a real one."""
    return Plugin(connect(url, key), folder, ZoneInfo("UTC"), Patience(attempts, 0.001), QUICK)


IMMICH = Kind(
    name="immich",
    serve=serve,
    open=open_gallery,
    photos=lambda server: sorted(server.state.assets, key=lambda photo: server.state.assets[photo].taken),
    with_faces=with_faces,
    with_things_of_the_users=with_things_of_the_users,
    is_write=is_write,
)
writes = IMMICH.writes
