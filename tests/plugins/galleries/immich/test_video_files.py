"""Videos come from the server in parts, whole or not at all, and none that is larger than wanted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fakes.immich import FakeImmich

from plugins.galleries import PhotoGone
from plugins.galleries.immich import Plugin, video_files
from plugins.records import Photo

Open = Callable[..., Plugin]
TAKEN = datetime(2024, 5, 3, 10, tzinfo=UTC)


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video_files, "FIRST_BYTES", 10)
    monkeypatch.setattr(video_files, "PART_BYTES", 100)


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


def test_every_version_plays_videos(server: FakeImmich, open_it: Open, tmp_path):
    put(server, tmp_path, b"some video")
    gallery = open_it(server)
    videos: list[Photo] = list(gallery.photos())
    assert [gallery.video(video, 100) for video in videos] == [b"some video"]
