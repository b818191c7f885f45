"""Videos come from the server in parts, whole or not at all, and none that is larger than wanted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fakes.doors import Says, door
from fakes.immich import FakeImmich

from plugins.galleries import GalleryUnreachable, PhotoGone
from plugins.galleries.http import parts as file_parts
from plugins.galleries.immich import Plugin, video_files
from plugins.galleries.immich.client import Client, connect
from plugins.records import Photo

Open = Callable[..., Plugin]
TAKEN = datetime(2024, 5, 3, 10, tzinfo=UTC)
VIDEO = Photo("1", "a.mp4", TAKEN, TAKEN, "key", kind="video")


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_parts, "FIRST_BYTES", 10)
    monkeypatch.setattr(file_parts, "PART_BYTES", 100)


def put(server: FakeImmich, folder: Path, data: bytes) -> str:
    path = folder / "a.mp4"
    path.write_bytes(data)
    return server.add_photos([{"name": "a.mp4", "taken": TAKEN}], type="VIDEO", source=path, mime="video/mp4")[0]


def parts(server: FakeImmich) -> int:
    return sum(request.path.endswith("/video/playback") for request in server.requests)


@pytest.mark.parametrize(
    ("n_bytes", "n_parts"),
    [
        pytest.param(7, 1, id="less than the first part"),
        pytest.param(10, 1, id="just the first part"),
        pytest.param(110, 2, id="just two parts"),
        pytest.param(333, 5, id="many parts"),
    ],
)
@pytest.mark.usefixtures("small_parts")
def test_a_video_is_put_together(n_bytes, n_parts, newest: FakeImmich, open_it: Open, tmp_path):
    data = b"RIFF" + bytes(number % 251 for number in range(n_bytes - 4))  # such a head says how long it should be
    put(newest, tmp_path, data)
    gallery = open_it(newest)
    [video] = gallery.photos()
    assert gallery.video(video, n_bytes) == data
    assert parts(newest) == n_parts


@pytest.mark.usefixtures("small_parts")
def test_a_video_that_is_too_large_costs_one_small_part(newest: FakeImmich, open_it: Open, tmp_path):
    put(newest, tmp_path, bytes(333))
    gallery = open_it(newest)
    [video] = gallery.photos()
    assert gallery.video(video, 332) is None
    assert parts(newest) == 1


def test_a_video_that_is_gone_is_skipped(newest: FakeImmich, open_it: Open, tmp_path):
    video_id = put(newest, tmp_path, bytes(9))
    gallery = open_it(newest)
    [video] = gallery.photos()
    newest.change_asset(video_id, source=None)
    with pytest.raises(PhotoGone, match=r"lost the file of a\.mp4"):
        gallery.video(video, 100)
    newest.delete_asset(video_id)
    with pytest.raises(PhotoGone):
        gallery.video(video, 100)


def test_an_empty_file_is_no_video_and_no_fault_of_the_server(newest: FakeImmich, open_it: Open, tmp_path):
    put(newest, tmp_path, b"")
    gallery = open_it(newest)
    [video] = gallery.photos()
    assert gallery.video(video, 100) == b""


FILM = "some film of 333 bytes" * 15 + "..."
SAID = {"Content-Range": "bytes 0-9/333"}


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Says(FILM[:10], 206), id="it does not say which"),
        pytest.param(Says(FILM[:10], 206, {"Content-Range": "bytes 0-9/*"}), id="nor how large the whole is"),
        pytest.param(
            Says(FILM[:10], 206, {"Content-Range": f"bytes 0-9/{'9' * 5_000}"}), id="a number that has no end"
        ),
        pytest.param(Says(FILM[:10], 206, SAID), id="the first part each time"),
        pytest.param(Says(FILM[:1], 206, {"Content-Range": "bytes 0-0/333"}), id="byte by byte"),
        pytest.param(Says("", 206, SAID), id="nothing"),
        pytest.param(Says(FILM[:9], 206, SAID), id="less than it says"),
        pytest.param(Says(FILM, 206, {"Content-Range": "bytes 0-332/333"}), id="more than was asked for"),
        pytest.param(Says("", 304), id="it has not changed, though nobody asked that"),
    ],
)
@pytest.mark.usefixtures("small_parts")
def test_other_parts_than_asked_for_are_not_put_together(answer: Says):
    with door({}, answer) as there, pytest.raises(GalleryUnreachable, match=r"another part of a\.mp4"):
        video_files.video_of(Client(connect(there.address, "key")), VIDEO, 1_000)
    assert len(there.asked) <= 2


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize(("most", "found"), [(333, FILM.encode()), (332, None)])
def test_a_server_that_knows_no_parts_sends_all(most: int, found: bytes | None):
    with door({}, Says(FILM)) as there:
        assert video_files.video_of(Client(connect(there.address, "key")), VIDEO, most) == found


def test_every_version_plays_videos(server: FakeImmich, open_it: Open, tmp_path):
    put(server, tmp_path, b"some video")
    gallery = open_it(server)
    videos: list[Photo] = list(gallery.photos())
    assert [gallery.video(video, 100) for video in videos] == [b"some video"]
