"""Pictures: how large they have to be, what there is none of, and tokens that stop to hold."""

from __future__ import annotations

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from fakes.photoprism.server import FakePhotoPrism
from PIL import Image

from plugins.galleries import GalleryRefused, NotReady, PhotoGone
from plugins.galleries.photoprism import Plugin
from plugins.galleries.photoprism.previews import SIZES, size_of
from plugins.records import Photo

Open = Callable[..., Plugin]


def pictures(server: FakePhotoPrism) -> list[str]:
    """Return the sizes of the pictures that were asked for."""
    return [seen.path.rpartition("/")[2] for seen in server.requests if "/api/v1/t/" in seen.path]


def shown(data: bytes | Path) -> tuple[int, int]:
    assert isinstance(data, bytes)
    return Image.open(io.BytesIO(data)).size


@pytest.mark.parametrize(
    ("size", "min_px", "expected"),
    [
        pytest.param((4000, 3000), 480, "fit_720", id="a thumbnail"),
        pytest.param((4000, 3000), 720, "fit_1280", id="what features need"),
        pytest.param((3000, 4000), 720, "fit_1280", id="upright"),
        pytest.param((4000, 2250), 720, "fit_1280", id="16:9 has just enough"),
        pytest.param((2250, 4000), 720, "fit_2560", id="16:9 upright"),
        pytest.param((3000, 3000), 720, "fit_720", id="a square"),
        pytest.param((9000, 3000), 720, "fit_2560", id="a panorama"),
        pytest.param((640, 480), 720, "fit_720", id="a small original: all that it has"),
        pytest.param((1000, 800), 2000, "fit_1280", id="a smaller original than wanted"),
        pytest.param((0, 0), 720, "fit_1280", id="nobody knows: wide enough for 4:3, upright or not"),
        pytest.param((-5, 800), 720, "fit_1280", id="a size that there is not"),
        pytest.param((60_000, 40_000), 90_000, "fit_7680", id="more than there is"),
    ],
)
def test_the_smallest_size_that_is_large_enough(size: tuple[int, int], min_px: int, expected: str) -> None:
    assert size_of(*size, min_px) == expected


def test_sizes_grow() -> None:
    assert [box[1] for box in SIZES] == sorted(box[1] for box in SIZES)


@pytest.mark.parametrize(("size", "min_px"), [((1600, 1200), 720), ((1200, 1600), 480), ((300, 200), 720)])
def test_a_picture_has_what_was_asked_for_or_all_that_there_is(
    newest: FakePhotoPrism, open_it: Open, size: tuple[int, int], min_px: int
) -> None:
    newest.add_photos(1, size=size)
    gallery = open_it(newest)
    photo = next(gallery.photos())
    found = gallery.preview(photo, min_px)
    assert min(shown(found.source)) >= min(min_px, *size)
    assert found.content_key == photo.content_key


def test_less_where_the_server_makes_no_larger_ones(newest: FakePhotoPrism, open_it: Open) -> None:
    newest.thumb_size = 720
    newest.add_photos(1, size=(1600, 1200))
    gallery = open_it(newest)
    assert max(shown(gallery.preview(next(gallery.photos()), 1000).source)) == 720


def test_videos_have_pictures_too(newest: FakePhotoPrism, open_it: Open) -> None:
    newest.add_photos(1, type="video", size=(640, 480))
    gallery = open_it(newest)
    assert shown(gallery.preview(next(gallery.photos()), 720).source) == (640, 480)


@pytest.fixture
def gallery(newest: FakePhotoPrism, open_it: Open) -> Plugin:
    newest.add_photos(8)
    return open_it(newest)


@pytest.fixture
def photo(gallery: Plugin) -> Photo:
    return next(gallery.photos())


@pytest.mark.parametrize("why", [{"missing": True}, {"error": "broken"}], ids=["missing", "broken"])
def test_a_drawing_in_its_place_is_no_picture(
    newest: FakePhotoPrism, gallery: Plugin, photo: Photo, why: dict[str, object]
) -> None:
    newest.change_file(photo.id, **why)
    with pytest.raises(PhotoGone, match=f"cannot show {photo.name}; its file is missing or broken"):
        gallery.preview(photo, 720)


def test_why_a_picture_is_missing_is_asked_once_for_each_file(
    newest: FakePhotoPrism, open_it: Open, gallery: Plugin, photo: Photo
) -> None:
    """Each run wants the picture again, as somebody may mend the file."""
    newest.change_file(photo.id, missing=True)
    for one in (gallery, gallery, open_it(newest)):
        with pytest.raises(PhotoGone):
            one.preview(photo, 720)
    assert sum(seen.path.endswith(f"/photos/{photo.id}") for seen in newest.requests) == 1
    newest.change_file(photo.id, missing=False)
    assert gallery.preview(photo, 720).content_key == photo.content_key


def test_a_photo_that_is_gone(newest: FakePhotoPrism, gallery: Plugin, photo: Photo) -> None:
    newest.delete_photo(photo.id)
    with pytest.raises(PhotoGone):
        gallery.preview(photo, 720)


def test_a_file_that_has_changed_comes_with_the_next_run(newest: FakePhotoPrism, gallery: Plugin, photo: Photo) -> None:
    newest.replace_original(photo.id)
    with pytest.raises(NotReady, match="has changed: it comes with the next run"):
        gallery.preview(photo, 720)
    again = next(one for one in gallery.photos() if one.id == photo.id)
    assert gallery.preview(again, 720).content_key != photo.content_key


@pytest.mark.parametrize("act", ["rotated", "restarted"])
def test_a_token_that_stops_to_hold_is_asked_for_anew_once(
    newest: FakePhotoPrism, gallery: Plugin, photo: Photo, act: str
) -> None:
    before = gallery.preview(photo, 720)
    n = len(newest.requests)
    if act == "rotated":
        newest.rotate_preview_token()
    else:
        newest.restart()
    assert gallery.preview(photo, 720).source == before.source
    assert gallery.preview(photo, 720).source == before.source
    asked = [seen.path.rpartition("/")[2] for seen in newest.requests[n:]]
    assert asked == ["fit_720", "photos", "fit_720", "fit_720"]


def test_several_threads_ask_for_one_new_token(newest: FakePhotoPrism, gallery: Plugin) -> None:
    photos = list(gallery.photos())
    gallery.preview(photos[0], 720)
    newest.rotate_preview_token()
    n = len(newest.requests)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda one: gallery.preview(one, 720), photos))
    assert [preview.content_key for preview in found] == [photo.content_key for photo in photos]
    assert sum(seen.path.endswith("/photos") for seen in newest.requests[n:]) == 1


def test_a_token_that_never_holds_is_no_endless_run(newest: FakePhotoPrism, gallery: Plugin, photo: Photo) -> None:
    newest.before_request = lambda _, path, __: newest.rotate_preview_token() if "/api/v1/t/" in path else None
    n = len(newest.requests)
    with pytest.raises(GalleryRefused) as refused:
        gallery.preview(photo, 720)
    assert len(newest.requests) - n <= 4
    assert newest.admin.preview_token not in str(refused.value)


def test_an_unknown_picture(gallery: Plugin, photo: Photo) -> None:
    odd = replace(photo, content_key="f" * 40)
    with pytest.raises(NotReady):
        gallery.preview(odd, 720)
