"""What the user likes: favourites of the last sweep, and covers of their own albums that they chose themselves."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fakes.photoprism.server import FakePhotoPrism

from plugins.galleries.photoprism import Plugin
from plugins.galleries.photoprism.marker import notes_of
from plugins.records import Marker, Signals

Open = Callable[..., Plugin]


def test_nothing_is_liked(server: FakePhotoPrism, open_it: Open) -> None:
    server.add_album("Rome", server.add_photos(3))
    gallery = open_it(server)
    list(gallery.photos())
    assert gallery.signals() == Signals()


def test_favourites_and_no_stars(newest: FakePhotoPrism, open_it: Open) -> None:
    photos = newest.add_photos(4)
    newest.favourite(*photos[:2])
    newest.change_photo(photos[2], quality=7)
    gallery = open_it(newest)
    list(gallery.photos())
    assert gallery.signals() == Signals(favourites=frozenset(photos[:2]))
    newest.favourite(photos[0], favourite=False)
    list(gallery.photos())
    assert gallery.signals().favourites == {photos[1]}


@pytest.mark.parametrize(
    ("notes", "chosen_by", "is_liked"),
    [
        pytest.param("", "manual", True, id="the user's choice"),
        pytest.param("", "", False, id="the server's choice"),
        pytest.param("", "vision", False, id="a program's choice, such as ours"),
        pytest.param(notes_of(Marker("trip", "t-1")), "manual", False, id="in an album of ours"),
    ],
)
def test_covers_that_the_user_chose(
    newest: FakePhotoPrism, open_it: Open, notes: str, chosen_by: str, is_liked: bool
) -> None:
    photos = newest.add_photos(3)
    album = newest.add_album("Rome", photos, notes=notes)
    newest.set_cover(album, photos[1])
    newest.change_album(album, thumb_src=chosen_by)
    gallery = open_it(newest)
    list(gallery.photos())
    assert gallery.signals().covers == (((album, photos[1]),) if is_liked else ())
