"""Which covers the user chose, as far as Immich lets us know, and covers that they ask us for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fakes.immich import FakeImmich
from fakes.immich_writer import OLD, open_writer, writes

from plugins.changes import CreateAlbum, SetAlbumCover, SetCover, SetPoster
from plugins.galleries.immich import Plugin

Open = Callable[..., Plugin]


@pytest.fixture
def server() -> Iterator[FakeImmich]:
    with FakeImmich() as server:
        server.add_photos(8, created=OLD)
        yield server


def own(server: FakeImmich, cover: int, n: int = 6) -> str:
    """Make an album of the user's of the photos 1 to n that shows one of them."""
    album = server.add_album("Porto", list(server.state.assets)[1 : n + 1])
    server.set_cover(album, list(server.state.assets)[cover])
    return album


def chosen(gallery: Plugin) -> dict[str, str]:
    list(gallery.photos())
    return dict(gallery.signals().covers)


@pytest.mark.parametrize(
    ("cover", "is_chosen"),
    [
        pytest.param(6, False, id="the newest, as Immich picks it"),
        pytest.param(1, False, id="the first"),
        pytest.param(3, True, id="in the middle"),
    ],
)
def test_a_cover_is_chosen_where_immich_would_pick_no_such(
    server: FakeImmich, open_it: Open, cover: int, is_chosen: bool
) -> None:
    album, photos = own(server, cover), list(server.state.assets)
    found = {album: photos[cover]} if is_chosen else {}
    assert chosen(open_it(server)) == found
    server.add_to_album(album, photos[0], photos[7])  # what was at the end is in the middle now
    assert chosen(open_it(server)) == found
    server.set_cover(album, photos[4])
    assert chosen(open_it(server)) == {album: photos[4]}


def test_a_cover_that_went_was_not_chosen(server: FakeImmich, open_it: Open) -> None:
    album, photos = own(server, 3), list(server.state.assets)
    assert chosen(open_it(server)) == {album: photos[3]}
    server.trash_asset(photos[3])
    assert chosen(open_it(server)) == {}
    server.add_to_album(album, photos[7])
    assert chosen(open_it(server)) == {}


def test_a_cover_of_ours_is_not_the_users_when_the_album_becomes_theirs(
    server: FakeImmich, open_it: Open, tmp_path: Path
) -> None:
    photos = list(server.state.assets)
    gallery = open_it(server)
    list(gallery.photos())
    pick = gallery.apply(CreateAlbum("ev-1", "event", "a", "", tuple(photos))).cover
    gallery.apply(SetCover("ev-1", photos[4], was=pick))
    (album,) = gallery.albums()
    assert chosen(gallery) == {}
    server.describe_album("a", "mine now")
    assert chosen(open_it(server)) == {}
    server.set_cover("a", photos[5])
    assert chosen(open_it(server)) == {album.id: photos[5]}


@pytest.mark.parametrize("wanted", [3, 6], ids=["in the middle", "the newest, which Immich might have picked"])
def test_a_cover_that_the_user_asked_for_is_theirs(server: FakeImmich, open_it: Open, wanted: int) -> None:
    album, photos = own(server, 1), list(server.state.assets)
    gallery = open_it(server)
    assert chosen(gallery) == {}
    change = SetAlbumCover(album, photos[wanted], was=photos[1])
    assert [gallery.apply(change).status for _ in range(2)] == ["done", "already"]
    assert writes(server) == ["PATCH /albums/…"]
    assert chosen(open_it(server)) == {album: photos[wanted]}
    assert gallery.apply(change.inverse()).status == "done"
    assert server.album(album).cover == photos[1]
    assert chosen(open_it(server)) == {}


@pytest.mark.parametrize(
    ("wanted", "was", "reason"),
    [
        pytest.param(3, 2, "the user has chosen", id="another is shown by now"),
        pytest.param(7, 1, "not a photo of the album", id="no member"),
    ],
)
def test_a_cover_is_refused(server: FakeImmich, tmp_path: Path, wanted: int, was: int, reason: str) -> None:
    album, photos = own(server, 1), list(server.state.assets)
    outcome = open_writer(server, tmp_path).apply(SetAlbumCover(album, photos[wanted], photos[was]))
    assert (outcome.status, reason in outcome.reason, server.album(album).cover) == ("refused", True, photos[1])


def test_what_is_not_there_is_gone_and_videos_have_no_posters(server: FakeImmich, tmp_path: Path) -> None:
    album, photos = own(server, 1), list(server.state.assets)
    server.delete_album(album)
    writer = open_writer(server, tmp_path)
    assert writer.apply(SetAlbumCover(album, photos[2], photos[1])).status == "gone"
    assert writer.apply(SetPoster(photos[0], 1.0, None)).status == "refused"
