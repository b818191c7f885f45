"""What has changed since a time: also what PhotoPrism keeps no time of, such as favourites and the archive."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from fakes.photoprism.server import FakePhotoPrism

from plugins.galleries.photoprism import Plugin

Open = Callable[..., Plugin]
SOON = timedelta(hours=1)


def ids(gallery: Plugin, since: datetime | None = None) -> list[str]:
    return [photo.id for photo in gallery.photos(since)]


def change(server: FakePhotoPrism, what: str, photo: str) -> None:
    """Do something to a photo of which the server keeps no time that a search could ask for, but for `edit`."""
    match what:
        case "favourite":
            server.favourite(photo)
        case "no favourite":
            server.favourite(photo, favourite=False)
        case "archive":
            server.archive(photo)
        case "restore":
            server.restore(photo)
        case "publish":
            server.make_private(photo, private=False)
        case "approve":
            server.approve(photo)
        case "edit":
            server.edit(photo, lat=41.9, lng=12.5, place_src="manual")


@pytest.mark.parametrize(
    ("before", "what"),
    [
        ((), "favourite"),
        (("favourite",), "no favourite"),
        ((), "archive"),
        (("archive",), "restore"),
        (("favourite", "archive"), "no favourite"),
        ((), "edit"),
    ],
)
def test_what_has_changed_since(newest: FakePhotoPrism, open_it: Open, before: tuple[str, ...], what: str) -> None:
    photos = newest.add_photos(12)
    for act in before:
        change(newest, act, photos[4])
    gallery = open_it(newest)
    known = {photo.id: photo for photo in gallery.photos()}
    began = datetime.now(UTC) - timedelta(seconds=2)
    assert ids(gallery, began) == []
    change(newest, what, photos[4])
    found = list(gallery.photos(began))
    assert [photo.id for photo in found] == [photos[4]]
    assert found[0] != known[photos[4]]
    assert found == [photo for photo in gallery.photos() if photo.id == photos[4]]


@pytest.mark.parametrize("what", ["publish", "approve"])
def test_what_is_no_longer_held_back_is_new(newest: FakePhotoPrism, open_it: Open, what: str) -> None:
    photos = newest.add_photos(6)
    newest.make_private(*photos[:1] if what == "publish" else ())
    newest.review(*photos[:1] if what == "approve" else ())
    gallery = open_it(newest)
    assert photos[0] not in ids(gallery)
    began = datetime.now(UTC) - timedelta(seconds=2)
    change(newest, what, photos[0])
    assert ids(gallery, began) == photos[:1]


def test_what_came_since_with_its_tags_and_no_more_requests_than_need_be(newest: FakePhotoPrism, open_it: Open) -> None:
    newest.classify("Beach", *newest.add_photos(20), src="manual")
    gallery = open_it(newest)
    list(gallery.photos())
    began = datetime.now(UTC) - timedelta(seconds=2)
    fresh = newest.upload(3)
    newest.label("Beach", *fresh[:2])
    n = len(newest.requests)
    assert {photo.id: photo.tags for photo in gallery.photos(began)} == {
        fresh[0]: ("Beach",),
        fresh[1]: ("Beach",),
        fresh[2]: (),
    }
    assert sorted(seen.path for seen in newest.requests[n:] if "/photos/p" in seen.path) == sorted(
        f"/api/v1/photos/{photo}" for photo in fresh
    )
    assert len(newest.requests) - n <= 12


def test_newer_is_one_search_and_our_own_changes_are_none(newest: FakePhotoPrism, open_it: Open) -> None:
    photos = newest.add_photos(3)
    gallery = open_it(newest)
    since = datetime.now(UTC) - timedelta(seconds=2)
    newest.edit(photos[0], title="Rome")
    newest.favourite(photos[1])
    n = len(newest.requests)
    assert not gallery.newer(since)
    assert len(newest.requests) - n == 1
    newest.upload(1)
    assert gallery.newer(since)
    assert not gallery.newer(datetime.now(UTC) + SOON)


def test_what_is_not_to_be_read_is_not_new(newest: FakePhotoPrism, open_it: Open) -> None:
    since = datetime.now(UTC) - timedelta(seconds=2)
    newest.make_private(*newest.upload(2))
    newest.review(*newest.upload(2))
    assert not open_it(newest).newer(since)
    assert open_it(newest, private=True).newer(since)
    assert open_it(newest, review=True).newer(since)
