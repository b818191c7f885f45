"""Who is in our albums on PhotoPrism: what the user took out stays out, and the archive is no user."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest
from fakes.http.routes import Answer
from fakes.http.server import Seen
from fakes.photoprism import FakePhotoPrism
from fakes.photoprism_writer import only_album, open_client, open_writer, writes

from plugins.changes import AddMembers, CreateAlbum, DeleteAlbum, RemoveMembers
from plugins.galleries.photoprism import Plugin
from plugins.galleries.photoprism.known import Known
from plugins.galleries.photoprism.members import Memberships
from plugins.galleries.photoprism.paging import Pages
from plugins.galleries.photoprism.writing import Writer

KEY = "ev-1"
NOWHERE = "p000000000000000"
Deed: TypeAlias = Callable[[FakePhotoPrism, list[str]], object]


@pytest.fixture
def server(five: FakePhotoPrism) -> FakePhotoPrism:
    return five


@pytest.fixture
def memberships(server: FakePhotoPrism, tmp_path: Path) -> Memberships:
    """Lend what the next run knows of the memberships that the writer's run left."""
    return Memberships(Pages(open_client(server)), Known(tmp_path / "known.db"))


def test_many_members_go_in_calls_of_500(server: FakePhotoPrism, writer: Writer) -> None:
    photos = server.add_photos(1_200)
    writer.apply(CreateAlbum(KEY, "event", "a", "", tuple(photos[:500])))
    n = len(writes(server))
    writer.apply(AddMembers(KEY, tuple(photos)))
    assert writes(server)[n:] == ["POST /albums/…/photos"] * 2
    writer.apply(RemoveMembers(KEY, tuple(photos[:600])))
    assert writes(server)[n + 2 :] == ["DELETE /albums/…/photos"] * 2
    assert server.members("a") == set(photos[600:])
    assert (
        max(len(seen.body["photos"]) for seen in server.requests if seen.path.endswith("/photos") and seen.body) == 500
    )


def test_only_what_is_lacking_is_put_in_and_only_what_is_there_taken_out(
    server: FakePhotoPrism, writer: Writer, photos: list[str]
) -> None:
    """PhotoPrism notes that a photo was taken out though it never was in."""
    a, b, c, d, e = photos
    writer.apply(CreateAlbum(KEY, "event", "a", "", (a, b)))
    assert writer.apply(AddMembers(KEY, (a, b))).status == "already"
    assert writer.apply(RemoveMembers(KEY, (c, NOWHERE, "IMG_1"))).status == "already"
    assert writer.apply(AddMembers(KEY, (b, d))).status == "done"
    assert writer.apply(RemoveMembers(KEY, (b, e))).status == "done"
    assert {uid: row.hidden for uid, row in only_album(server).members.items()} == {a: False, b: True, d: False}


def test_what_the_user_took_out_does_not_come_back_by_itself(
    server: FakePhotoPrism, writer: Writer, photos: list[str], tmp_path: Path
) -> None:
    """Putting a photo in again brings it back, so nothing is put in that was not asked for."""
    a, b, c, d, _ = photos
    writer.apply(CreateAlbum(KEY, "event", "a", "", (a, b)))
    server.take_out("a", b)
    for again in (writer, open_writer(server, tmp_path)):
        assert again.apply(AddMembers(KEY, (a, c))).status in {"done", "already"}
        assert server.members("a") == {a, c}
    assert writer.apply(AddMembers(KEY, (b, d))).status == "done"
    assert server.members("a") == {a, b, c, d}, "asked for by whoever knows what the user took out"


@pytest.mark.parametrize("photo", [pytest.param(NOWHERE, id="gone"), pytest.param("IMG_1", id="no id of PhotoPrism")])
def test_photos_that_cannot_be_taken_are_skipped(
    server: FakePhotoPrism, writer: Writer, photos: list[str], photo: str
) -> None:
    for change in (CreateAlbum(KEY, "event", "a", "", (photos[0], photo)), AddMembers(KEY, (photo, photos[1]))):
        outcome = writer.apply(change)
        assert (outcome.status, outcome.skipped) == ("done", (photo,))
        assert "gone" in outcome.reason
    assert server.members("a") == set(photos[:2])
    assert writer.apply(AddMembers(KEY, (photo,))).status == "refused"


HIDDEN = [
    pytest.param(lambda s, p: s.make_private(*p), id="private ones"),
    pytest.param(lambda s, p: s.review(*p), id="ones in review"),
    pytest.param(lambda s, p: s.archive(*p), id="archived ones"),
]


@pytest.mark.parametrize("hide", HIDDEN)
def test_photos_that_no_page_shows_are_put_in_too(
    server: FakePhotoPrism, writer: Writer, photos: list[str], memberships: Memberships, hide: Deed
) -> None:
    hide(server, photos[:2])
    outcome = writer.apply(CreateAlbum(KEY, "event", "a", "", tuple(photos[:3])))
    assert (outcome.status, outcome.skipped) == ("done", ())
    assert set(memberships.of(outcome.gallery_id)) == set(photos[:3])
    assert writer.apply(AddMembers(KEY, tuple(photos[:3]))).status == "already"


# --- the archive ----------------------------------------------------------------------------------------------------


def deeds(*named: str) -> list[Deed]:
    """Return what may be done to the second photo, by name."""
    how: dict[str, Deed] = {
        "archive": lambda s, p: s.archive(p[1]),
        "restore": lambda s, p: s.restore(p[1]),
        "take out": lambda s, p: s.take_out("a", p[1]),
        "put in": lambda s, p: s.add_to_album("a", p[1]),
    }
    return [how[name] for name in named]


@pytest.mark.parametrize(
    ("done", "inside", "dropped"),
    [
        pytest.param([], True, False, id="nothing"),
        pytest.param(["take out"], False, False, id="the user took it out: that is no work of the archive"),
        pytest.param(["archive"], True, False, id="archived: it is in still, though nobody shows that"),
        pytest.param(["archive", "restore"], False, True, id="restored: PhotoPrism has let go of it"),
        pytest.param(["archive", "restore", "put in"], True, False, id="restored and put in again"),
        pytest.param(["archive", "restore", "put in", "take out"], False, False, id="and taken out after all"),
        pytest.param(["archive", "restore", "archive"], False, True, id="archived again while it was not in"),
        pytest.param(["archive", "restore", "archive", "restore"], False, True, id="and restored again"),
        pytest.param(["take out", "archive", "restore"], False, False, id="taken out first: theirs, not the archive's"),
        pytest.param(["take out", "put in", "archive", "restore"], False, True, id="out, in, and then archived"),
    ],
)
def test_what_the_archive_does_is_told_from_what_the_user_does(
    server: FakePhotoPrism,
    writer: Writer,
    photos: list[str],
    tmp_path: Path,
    done: list[str],
    inside: bool,
    dropped: bool,
) -> None:
    """Every deed is followed by a run, which is another process."""
    album = writer.apply(CreateAlbum(KEY, "event", "a", "", tuple(photos[:3]))).gallery_id
    for deed in deeds(*done) or [lambda s, p: None]:
        deed(server, photos)
        members = Memberships(Pages(open_client(server)), Known(tmp_path / "known.db"))
        members.of(album)
    assert (photos[1] in members.of(album), photos[1] in members.dropped(album)) == (inside, dropped)
    assert {photos[0], photos[2]} <= set(members.of(album))


@pytest.mark.parametrize("by", ["us", "nobody"])
def test_an_archived_photo_that_we_took_out_is_not_in_any_more(
    server: FakePhotoPrism, writer: Writer, photos: list[str], memberships: Memberships, by: str
) -> None:
    album = writer.apply(CreateAlbum(KEY, "event", "a", "", tuple(photos[:3]))).gallery_id
    server.archive(photos[1])
    if by == "us":
        assert [writer.apply(RemoveMembers(KEY, (photos[1],))).status for _ in range(2)] == ["done", "already"]
    assert (photos[1] in memberships.of(album)) == (by == "nobody")
    server.restore(photos[1])
    assert photos[1] not in memberships.of(album)
    assert memberships.dropped(album) == (set() if by == "us" else {photos[1]})


def test_an_album_is_not_deleted_while_a_member_is_only_archived(
    server: FakePhotoPrism, writer: Writer, photos: list[str]
) -> None:
    writer.apply(CreateAlbum(KEY, "event", "a", "", tuple(photos[:2])))
    server.archive(photos[1])
    outcome = writer.apply(DeleteAlbum(KEY, "event", "a", "", (photos[0],)))
    assert (outcome.status, "still holds 1" in outcome.reason) == ("refused", True)
    assert writer.apply(DeleteAlbum(KEY, "event", "a", "", tuple(photos[:2]))).status == "done"


def test_without_notes_an_archived_photo_reads_like_one_that_was_taken_out(
    server: FakePhotoPrism, writer: Writer, photos: list[str], tmp_path: Path
) -> None:
    """PhotoPrism shows hidden memberships nowhere: it is known from notes alone."""
    album = writer.apply(CreateAlbum(KEY, "event", "a", "", tuple(photos[:2]))).gallery_id
    server.archive(photos[1])
    forgetful = Memberships(Pages(open_client(server)), Known(tmp_path / "others.db"))
    assert forgetful.of(album) == [photos[0]]
    assert forgetful.dropped(album) == frozenset()


def test_members_that_are_as_they_were_cost_one_request(
    server: FakePhotoPrism, writer: Writer, photos: list[str], memberships: Memberships
) -> None:
    album = writer.apply(CreateAlbum(KEY, "event", "a", "", tuple(photos))).gallery_id
    memberships.of(album)
    n = len(server.requests)
    assert sorted(memberships.of(album)) == sorted(photos)
    assert len(server.requests) == n + 1


def test_an_album_that_the_user_made_a_search_is_read_as_theirs(
    five: FakePhotoPrism, open_it: Callable[..., Plugin], photos: list[str]
) -> None:
    gallery = open_it(five)
    made = gallery.apply(CreateAlbum("ev-1", "event", "Lisbon", "", tuple(photos[:2]))).gallery_id
    five.change_album(made, filter="favorite:true")
    five.favourite(photos[2])
    (album,) = gallery.albums()
    assert (album.id, album.marker, gallery.members(made)) == (made, None, [photos[2]])


class Forgetful(FakePhotoPrism):
    """A server, or a proxy before it, that does not know the search by ids."""

    def answer(self, seen: Seen) -> Answer:
        seen.query.pop("uid", None)
        return super().answer(seen)


def test_an_answer_about_photos_that_nobody_asked_for_is_passed_over(tmp_path: Path) -> None:
    with Forgetful() as server:
        photos = server.add_photos(4)
        writer = open_writer(server, tmp_path)
        writer.apply(CreateAlbum(KEY, "event", "a", "", tuple(photos[:2])))
        server.archive(photos[0], photos[3])
        known = Memberships(Pages(open_client(server)), Known(tmp_path / "known.db"))
        assert known.of(only_album(server).uid)[0] == photos[1]
        assert set(known.of(only_album(server).uid)) <= set(photos[:2])
