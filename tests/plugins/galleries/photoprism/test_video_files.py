"""Videos as PhotoPrism plays them: found by their picture, in parts, and not at all where they are too large."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fakes.photoprism.server import FakePhotoPrism

from plugins.galleries import PhotoGone
from plugins.galleries.http.parts import FIRST_BYTES
from plugins.galleries.photoprism import Plugin
from plugins.records import Photo

Open = Callable[..., Plugin]


def video_of(server: FakePhotoPrism, gallery: Plugin, folder: Path, size: int) -> tuple[Photo, bytes]:
    """Put a video on the server; return the photo that it is, and its bytes."""
    data = bytes(n % 251 for n in range(size))
    file = folder / "film.mp4"
    file.write_bytes(data)
    server.add_photos(1, type="video", video=file, duration_ns=3_000_000_000)
    return next(photo for photo in gallery.photos() if photo.kind == "video"), data


@pytest.mark.parametrize(
    "size",
    [
        pytest.param(1_000, id="in one part"),
        pytest.param(FIRST_BYTES, id="just in one part"),
        pytest.param(FIRST_BYTES + 1, id="in two parts"),
    ],
)
def test_a_video_is_sent_whole(newest: FakePhotoPrism, open_it: Open, tmp_path: Path, size: int) -> None:
    gallery = open_it(newest)
    photo, data = video_of(newest, gallery, tmp_path, size)
    assert gallery.video(photo, size) == data
    assert photo.duration_s == 3.0


def test_one_that_is_too_large_is_not_fetched(newest: FakePhotoPrism, open_it: Open, tmp_path: Path) -> None:
    gallery = open_it(newest)
    photo, data = video_of(newest, gallery, tmp_path, 3 * FIRST_BYTES)
    n = len(newest.requests)
    assert gallery.video(photo, len(data) - 1) is None
    assert len(newest.requests) - n == 1


def test_a_token_that_stops_to_hold(newest: FakePhotoPrism, open_it: Open, tmp_path: Path) -> None:
    gallery = open_it(newest)
    photo, data = video_of(newest, gallery, tmp_path, 2 * FIRST_BYTES)
    gallery.preview(photo, 720)
    newest.rotate_preview_token()
    assert gallery.video(photo, len(data)) == data


def test_a_video_whose_file_is_lost(newest: FakePhotoPrism, open_it: Open, tmp_path: Path) -> None:
    gallery = open_it(newest)
    photo, _ = video_of(newest, gallery, tmp_path, 1_000)
    for file in newest.state.photos[photo.id].files:
        newest.state.files[file].missing = True
    with pytest.raises(PhotoGone, match=f"cannot play {photo.name}"):
        gallery.video(photo, 10_000)


def test_a_video_that_is_gone(newest: FakePhotoPrism, open_it: Open, tmp_path: Path) -> None:
    gallery = open_it(newest)
    photo, _ = video_of(newest, gallery, tmp_path, 1_000)
    newest.delete_photo(photo.id)
    with pytest.raises(PhotoGone):
        gallery.video(photo, 10_000)
