"""Pictures and videos of PhotoPrism's: tokens that stop to hold, drawings in place of pictures, and parts."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fakes.doors import Says, door
from fakes.photoprism.server import FakePhotoPrism

from plugins.galleries import GalleryBug, GalleryError, GalleryUnreachable, PhotoGone
from plugins.galleries.http.patience import Patience
from plugins.galleries.photoprism.answers import TokenRefused
from plugins.galleries.photoprism.client import Client, connect

Open = Callable[..., Client]
ALIVE = {"/api/v1/status": Says({"status": "operational"})}
SVG = Says("<svg></svg>", 200, {"Content-Type": "image/svg+xml"})


def hash_of(server: FakePhotoPrism, photo: str) -> str:
    return server.state.primary(server.state.photos[photo]).hash


def first_parts(server: FakePhotoPrism, n: int = 0) -> list[str]:
    """Return the first part of each path below the API that was asked for after the first `n` requests."""
    return [seen.path.split("/")[3] for seen in server.requests[n:]]


def test_pictures_need_no_key(server: FakePhotoPrism, client_of: Open) -> None:
    photo, client = server.add_photos(1)[0], client_of(server)
    assert client.picture(hash_of(server, photo), "fit_720").startswith(b"\xff\xd8")
    shown = server.requests[-1]
    assert shown.path.split("/")[-2:] == [server.admin.preview_token, "fit_720"]
    assert "authorization" not in shown.headers


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda server: server.restart(), id="the server has restarted"),
        pytest.param(lambda server: server.rotate_preview_token(), id="the password was changed"),
    ],
)
def test_a_token_that_holds_no_longer_is_asked_for_once(
    spoil: Callable[[FakePhotoPrism], object], server: FakePhotoPrism, client_of: Open
) -> None:
    hashes = [hash_of(server, photo) for photo in server.add_photos(24)]
    client = client_of(server)
    client.picture(hashes[0], "tile_50")
    spoil(server)
    n = len(server.requests)
    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(lambda name: client.picture(name, "tile_50"), hashes))
    assert first_parts(server, n).count("photos") == 1
    assert first_parts(server, n).count("t") <= 24 + 8


def test_a_token_that_never_holds(newest: FakePhotoPrism, client_of: Open) -> None:
    name, client = hash_of(newest, newest.add_photos(1)[0]), client_of(newest)
    client.picture(name, "tile_50")
    newest.access.is_preview_token = lambda _: False  # type: ignore[method-assign]
    n = len(newest.requests)
    with pytest.raises(TokenRefused, match="the token that it gave for pictures") as told:
        client.picture(name, "tile_50")
    assert newest.admin.preview_token not in str(told.value)
    assert first_parts(newest, n) == ["t", "photos", "t"]


@pytest.mark.parametrize(
    ("name", "size"),
    [
        pytest.param("0" * 40, "fit_720", id="a hash that nothing has"),
        pytest.param("broken", "fit_720", id="a file that cannot be shown"),
        pytest.param("../../config", "fit_720", id="a hash that is a path"),
        pytest.param("whole", "fit_9", id="a size that there is not"),
    ],
)
def test_a_drawing_is_no_picture(name: str, size: str, newest: FakePhotoPrism, client_of: Open) -> None:
    whole, broken = newest.add_photos(2)
    newest.state.primary(newest.state.photos[broken]).error = "no JPEG"
    known = {"whole": hash_of(newest, whole), "broken": hash_of(newest, broken)}
    with pytest.raises(PhotoGone, match="missing or broken"):
        client_of(newest).picture(known.get(name, name), size)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        pytest.param(Says({"a": 1}, 200, {"Content-Type": "application/json"}), GalleryBug, id="data"),
        pytest.param(SVG, PhotoGone, id="a drawing"),
        pytest.param(Says({"error": "no"}, 404), PhotoGone, id="no such route"),
    ],
)
def test_pictures_that_are_none(answer: Says, error: type[GalleryError]) -> None:
    config = {"/api/v1/config": Says({"public": True, "mode": "public"})}
    with door({**ALIVE, **config, "/api/v1/t/abc/public/fit_720": answer}, Says("", 404)) as here, pytest.raises(error):
        Client(connect(here.address), patience=Patience(backoff_s=0.001)).picture("abc", "fit_720")


def test_a_picture_that_breaks_off(newest: FakePhotoPrism, client_of: Open) -> None:
    name, client = hash_of(newest, newest.add_photos(1)[0]), client_of(newest)
    client.picture(name, "tile_50")
    newest.faults(1, 1.0, ["truncated"], in_a_row=9)
    with pytest.raises(GalleryUnreachable, match="does not answer GET /t/"):
        client.picture(name, "tile_50")


def test_a_video_is_put_together(newest: FakePhotoPrism, client_of: Open, tmp_path: Path) -> None:
    data = bytes(range(256)) * 1_000
    (tmp_path / "a.mp4").write_bytes(data)
    photo = newest.add_photo("a.jpg", datetime(2024, 5, 3, 10, tzinfo=UTC), type="video")
    newest.add_file(photo, "a.mp4", tmp_path / "a.mp4", media="video")
    client, name = client_of(newest), hash_of(newest, photo)
    assert client.video(name, len(data)) == data
    newest.restart()
    assert client.video(name, len(data)) == data
    n = len(newest.requests)
    assert client.video(name, len(data) - 1) is None
    assert len(newest.requests) == n + 1
    with pytest.raises(PhotoGone):
        client.video("0" * 40, 10)
