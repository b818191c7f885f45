"""Covers on PhotoPrism: set as a program's choice, never over the user's own, and only of a photo that all may see."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fakes.photoprism import FakePhotoPrism
from fakes.photoprism_writer import only_album, plain, writes

from plugins.changes import CreateAlbum, RemoveMembers, SetAlbumCover, SetCover
from plugins.galleries.photoprism import Plugin
from plugins.galleries.photoprism.writing import Writer

KEY = "ev-1"


@pytest.fixture
def server(five: FakePhotoPrism) -> FakePhotoPrism:
    return five


@pytest.fixture
def photos(server: FakePhotoPrism, writer: Writer) -> list[str]:
    """Lend all photos, of which the first four are in an album of ours."""
    found = list(server.state.photos)
    writer.apply(CreateAlbum(KEY, "event", "Lisbon", "", tuple(found[:4])))
    return found


def hash_of(server: FakePhotoPrism, photo: str) -> str:
    return server.state.primary(server.state.photos[photo]).hash


def test_a_cover_of_ours_says_that_a_program_chose_it(
    server: FakePhotoPrism, writer: Writer, photos: list[str]
) -> None:
    outcome = writer.apply(SetCover(KEY, photos[1], was=None))
    album = only_album(server)
    assert (outcome.status, album.thumb, album.thumb_src) == ("done", hash_of(server, photos[1]), "vision")
    assert writer.apply(SetCover(KEY, photos[2], was=photos[1])).status == "done"
    assert (album.thumb, album.thumb_src) == (hash_of(server, photos[2]), "vision")


def test_left_to_photoprism_it_picks_one_again(server: FakePhotoPrism, writer: Writer, photos: list[str]) -> None:
    before = plain(server)
    writer.apply(SetCover(KEY, photos[1], was=None))
    assert writer.apply(SetCover(KEY, None, was=photos[1])).status == "done"
    assert plain(server) == before
    assert writer.apply(SetCover(KEY, None, was=photos[1])).status == "already"


@pytest.mark.parametrize(
    "choose",
    [
        pytest.param(lambda s, p: s.set_cover("Lisbon", p[0]), id="by hand"),
        pytest.param(lambda s, p: s.set_cover("Lisbon", p[4]), id="a photo that is not in the album"),
        pytest.param(
            lambda s, p: s.change_album("Lisbon", thumb="0" * 40, thumb_src="manual"), id="a file of nobody's"
        ),
        pytest.param(
            lambda s, p: s.change_album("Lisbon", thumb="x", thumb_src="admin"), id="by a source unknown to us"
        ),
    ],
)
@pytest.mark.parametrize("before", [None, 1])
@pytest.mark.parametrize("new", [None, 2])
def test_a_cover_that_the_user_chose_stays(
    server: FakePhotoPrism,
    writer: Writer,
    photos: list[str],
    choose: Callable[[FakePhotoPrism, list[str]], object],
    before: int | None,
    new: int | None,
) -> None:
    was = None if before is None else photos[before]
    if was:
        writer.apply(SetCover(KEY, was, was=None))
    choose(server, photos)
    album, n = only_album(server), len(writes(server))
    chosen = album.thumb, album.thumb_src
    outcome = writer.apply(SetCover(KEY, None if new is None else photos[new], was=was))
    assert (outcome.status, "user has chosen" in outcome.reason) == ("refused", True)
    assert ((album.thumb, album.thumb_src), len(writes(server))) == (chosen, n)


def test_the_photo_that_the_user_chose_is_not_made_ours(
    server: FakePhotoPrism, writer: Writer, photos: list[str]
) -> None:
    server.set_cover("Lisbon", photos[2])
    assert writer.apply(SetCover(KEY, photos[2], was=None)).status == "already"
    assert only_album(server).thumb_src == "manual"


UNFIT = [
    pytest.param(lambda s, p: None, 4, "not a photo that the album shows", id="not in the album"),
    pytest.param(lambda s, p: s.archive(p[2]), 2, "not a photo that the album shows", id="archived"),
    pytest.param(lambda s, p: s.make_private(p[2]), 2, "private", id="private: covers are shown to all"),
    pytest.param(lambda s, p: s.take_out("Lisbon", p[2]), 2, "not a photo", id="taken out by the user"),
    pytest.param(
        lambda s, p: setattr(s.state.primary(s.state.photos[p[2]]), "error", "cut"), 2, "not a photo", id="broken"
    ),
]


@pytest.mark.parametrize(("hide", "n", "why"), UNFIT)
def test_a_photo_that_may_not_be_shown_is_no_cover(
    server: FakePhotoPrism,
    writer: Writer,
    photos: list[str],
    hide: Callable[[FakePhotoPrism, list[str]], object],
    n: int,
    why: str,
) -> None:
    hide(server, photos)
    outcome = writer.apply(SetCover(KEY, photos[n], was=None))
    assert (outcome.status, why in outcome.reason) == ("refused", True)
    assert only_album(server).thumb_src == ""


@pytest.mark.parametrize("photo", ["", "no id", "a000000000000000", "p000000000000000", "p|p", "../albums"])
def test_what_is_no_photo_is_no_cover(server: FakePhotoPrism, writer: Writer, photos: list[str], photo: str) -> None:
    assert writer.apply(SetCover(KEY, photo, was=None)).status == "refused"
    assert only_album(server).thumb_src == ""


def test_a_cover_stays_when_its_photo_is_taken_out_until_another_is_asked_for(
    server: FakePhotoPrism, writer: Writer, photos: list[str]
) -> None:
    writer.apply(SetCover(KEY, photos[1], was=None))
    writer.apply(RemoveMembers(KEY, (photos[1],)))
    assert only_album(server).thumb == hash_of(server, photos[1])
    assert writer.apply(SetCover(KEY, photos[2], was=None)).status == "done"


# --- albums of the user's own -------------------------------------------------------------------------------------


@pytest.fixture
def theirs(server: FakePhotoPrism, photos: list[str]) -> str:
    return server.add_album("Mine", photos[:3])


@pytest.mark.parametrize(
    ("said", "asked", "status", "shown"),
    [
        pytest.param(None, (1, None), "done", 1, id="none so far"),
        pytest.param(None, (1, 2), "refused", None, id="we thought that there was one"),
        pytest.param(0, (1, 0), "refused", 0, id="their own choice, known or not"),
        pytest.param(0, (1, None), "refused", 0, id="their own choice, made since"),
        pytest.param(1, (1, None), "already", 1, id="what they chose themselves"),
        pytest.param(None, (None, None), "already", None, id="none, and none is asked for"),
        pytest.param(None, (4, None), "refused", None, id="not in the album"),
    ],
)
def test_an_album_of_theirs_is_shown_by_what_they_ask_for(
    server: FakePhotoPrism,
    writer: Writer,
    photos: list[str],
    theirs: str,
    said: int | None,
    asked: tuple[int | None, int | None],
    status: str,
    shown: int | None,
) -> None:
    if said is not None:
        server.set_cover(theirs, photos[said])
    photo, was = (None if n is None else photos[n] for n in asked)
    assert writer.apply(SetAlbumCover(theirs, photo, was)).status == status
    album = server.album(theirs)
    assert (album.thumb if album.thumb_src else None) == (None if shown is None else hash_of(server, photos[shown]))
    assert album.thumb_src == ("" if shown is None else "manual" if said is not None else "vision")


def test_what_they_asked_for_is_taken_back(
    server: FakePhotoPrism, writer: Writer, photos: list[str], theirs: str
) -> None:
    before = plain(server)
    asked = SetAlbumCover(theirs, photos[1], was=None)
    assert [writer.apply(asked).status for _ in range(2)] == ["done", "already"]
    assert [writer.apply(asked.inverse()).status for _ in range(2)] == ["done", "already"]
    assert plain(server) == before


@pytest.mark.parametrize(
    ("album", "status"),
    [
        pytest.param("ours", "refused", id="one of ours"),
        pytest.param("a000000000000000", "gone", id="one that is gone"),
        pytest.param("../photos", "gone", id="what can be no id"),
    ],
)
def test_only_an_album_of_theirs_is_asked_for(
    server: FakePhotoPrism, writer: Writer, photos: list[str], album: str, status: str
) -> None:
    found = only_album(server).uid if album == "ours" else album
    assert writer.apply(SetAlbumCover(found, photos[0], None)).status == status
    assert only_album(server).thumb_src == ""


@pytest.mark.parametrize("thumb", ["a|b", "x" * 100_000, f"{'a' * 40}-0640960c80c8", "a\nb"])
def test_a_cover_that_names_no_file_is_a_choice_all_the_same(
    newest: FakePhotoPrism, open_it: Callable[..., Plugin], thumb: str
) -> None:
    newest.add_album("Rome", newest.add_photos(2), thumb=thumb, thumb_src="manual")
    gallery = open_it(newest)
    n = len(newest.requests)
    assert [album.cover for album in gallery.albums()] == [thumb]
    assert not [seen for seen in newest.requests[n:] if "hash" in seen.query]
