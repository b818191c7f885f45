"""Albums on Immich: made once, changed only while they carry our marker, deleted only when nothing else is in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from fakes.immich import FakeImmich
from fakes.immich.server import PERMISSIONS
from fakes.immich_writer import OLD, after, open_writer, writes

from plugins.changes import (
    AddMembers,
    Change,
    CreateAlbum,
    DeleteAlbum,
    DescribeAlbum,
    RemoveMembers,
    RenameAlbum,
    SetCover,
)
from plugins.galleries import GalleryRefused
from plugins.galleries.immich.writing import Writer

KEY = "ev-2024-05-03-a1"
MARK = f"[albumen:event key={KEY} v=1]"
NOWHERE = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"


@pytest.fixture(params=["2.7.5", "3.1.0"])
def server(request: pytest.FixtureRequest) -> Iterator[FakeImmich]:
    with FakeImmich(version=request.param) as server:
        server.add_photos(5, created=OLD)
        yield server


def members(server: FakeImmich) -> list[str]:
    (album,) = server.state.albums.values()
    return sorted(album.members)


def cover(server: FakeImmich) -> str | None:
    (album,) = server.state.albums.values()
    return album.cover


def test_an_album_is_made_with_marker_description_and_photos_in_one_call(
    server: FakeImmich, writer: Writer, photos: list[str]
) -> None:
    outcome = writer.apply(CreateAlbum(KEY, "event", "Lisbon", "Three days\nof sun", tuple(photos[:3])))
    (album,) = server.state.albums.values()
    assert (album.name, album.description) == ("Lisbon", f"Three days\nof sun\n{MARK}")
    assert members(server) == sorted(photos[:3])
    assert (outcome.status, outcome.gallery_id, outcome.cover, outcome.skipped) == ("done", album.id, album.cover, ())
    assert writes(server) == ["POST /albums"]


def changes(photos: list[str]) -> list[Change]:
    a, b, c, d, _ = photos
    return [
        CreateAlbum(KEY, "event", "Lisbon", "Three days", (a, b, c)),
        AddMembers(KEY, (c, d)),
        RenameAlbum(KEY, "Lisboa 😀", was="Lisbon"),
        DescribeAlbum(KEY, "", was="Three days"),
        SetCover(KEY, d, was=None),
        SetCover(KEY, b, was=d),
        RemoveMembers(KEY, (a, NOWHERE)),
        RemoveMembers(KEY, (b, c, d)),
        DeleteAlbum(KEY, "event", "Lisboa 😀"),
    ]


def test_each_change_twice_is_each_change_once(
    server: FakeImmich, writer: Writer, photos: list[str], tmp_path: Path
) -> None:
    for change in changes(photos):
        assert writer.apply(change).status == "done", change
        once = server.dump()
        for again in (writer, open_writer(server, tmp_path)):
            assert again.apply(change).status in {"already", "gone"}, change
        assert server.dump() == once, change


def test_each_change_whose_answer_was_lost_is_made_once(server: FakeImmich, photos: list[str], tmp_path: Path) -> None:
    """Every first request fails after the server did it, and is asked for again by a new process as well."""
    for planned in changes(photos):
        lost = open_writer(server, tmp_path)
        change = replace(planned, was=cover(server)) if isinstance(planned, SetCover) else planned
        server.faults(1, rate=0.5, kinds=["reset", "truncated", "502"], in_a_row=1)
        assert lost.apply(change).status in {"done", "already", "gone"}, change
        server.faults(0, rate=0.0)
        once = server.dump()
        assert open_writer(server, tmp_path).apply(change).status in {"already", "gone"}, change
        assert server.dump() == once, change
    assert not server.state.albums


@pytest.mark.parametrize("seed", range(20))
def test_no_album_is_made_twice_when_the_server_is_unsteady(seed: int, tmp_path: Path) -> None:
    with FakeImmich() as server:
        photos = server.add_photos(5, created=OLD)
        writer = open_writer(server, tmp_path)
        server.faults(seed, rate=0.3, in_a_row=2, hold_s=0.0)
        for n in range(4):
            assert writer.apply(CreateAlbum(f"ev-{n}", "event", "a", "", tuple(photos))).status in {"done", "already"}
        assert len(server.state.albums) == 4


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(RenameAlbum(KEY, "b", was="a"), id="rename"),
        pytest.param(DescribeAlbum(KEY, "b", was=""), id="describe"),
        pytest.param(AddMembers(KEY, (NOWHERE,)), id="add"),
        pytest.param(RemoveMembers(KEY, (NOWHERE,)), id="remove"),
        pytest.param(SetCover(KEY, None, was=NOWHERE), id="cover"),
        pytest.param(DeleteAlbum(KEY, "event", "a"), id="delete"),
        pytest.param(CreateAlbum(KEY, "event", "a"), id="make again"),
    ],
)
@pytest.mark.parametrize("how", ["marker removed", "another album's marker"])
def test_album_without_its_marker_is_the_users(server: FakeImmich, writer: Writer, change: Change, how: str) -> None:
    writer.apply(CreateAlbum(KEY, "event", "a"))
    server.describe_album("a", "" if how == "marker removed" else MARK.replace(KEY, "ev-other"))
    before = server.dump()
    assert writer.apply(change).status == "gone"
    assert server.dump() == before


@pytest.mark.parametrize(
    ("description", "text"),
    [
        pytest.param(MARK, "", id="only the marker"),
        pytest.param(f"above\n\n{MARK}\n", "above\n", id="empty lines around"),
        pytest.param(f"above\r\n{MARK}\r\n", "above", id="lines of Windows"),
        pytest.param(f"above\n{MARK}\nbelow", "above\nbelow", id="the user wrote below it"),
        pytest.param(f"see {MARK}\n{MARK}", f"see {MARK}", id="quoted in a sentence"),
        pytest.param(f"  {MARK}  ", "", id="indented"),
    ],
)
def test_the_marker_stays_in_odd_descriptions(server: FakeImmich, writer: Writer, description: str, text: str) -> None:
    server.add_album("a", description=description)
    assert writer.apply(DescribeAlbum(KEY, "ours now", was=text)).status == "done"
    (album,) = server.state.albums.values()
    assert album.description == f"ours now\n{MARK}"


def test_another_words_than_planned_are_the_users(server: FakeImmich, writer: Writer) -> None:
    writer.apply(CreateAlbum(KEY, "event", "a"))
    server.rename_album("a", "my holidays")
    outcome = writer.apply(RenameAlbum(KEY, "b", was="a"))
    assert (outcome.status, "my holidays" in outcome.reason) == ("refused", True)


@pytest.mark.parametrize(
    "photo",
    [pytest.param(NOWHERE, id="deleted"), pytest.param("IMG_1", id="no id of Immich"), pytest.param("bob", id="bob's")],
)
def test_photos_that_cannot_be_taken_are_skipped(
    server: FakeImmich, writer: Writer, photos: list[str], photo: str
) -> None:
    if photo == "bob":
        photo = server.add_asset("x.jpg", OLD, owner=server.add_user("Bob"))
    for change in (CreateAlbum(KEY, "event", "a", "", (photos[0], photo)), AddMembers(KEY, (photo, photos[1]))):
        outcome = writer.apply(change)
        assert (outcome.status, outcome.skipped) == ("done", (photo,))
        assert "gone" in outcome.reason
    assert members(server) == sorted(photos[:2])
    assert writer.apply(AddMembers(KEY, (photo,))).status == "refused"


def test_many_members_go_in_calls_of_500(server: FakeImmich, writer: Writer) -> None:
    photos = server.add_photos(1_200, created=OLD)
    writer.apply(CreateAlbum(KEY, "event", "a", "", tuple(photos[:500])))
    for start in (500, 1_000):
        writer.apply(AddMembers(KEY, tuple(photos[start : start + 500])))
    writer.apply(SetCover(KEY, photos[700], was=cover(server)))
    assert writes(server) == ["POST /albums", "PUT /albums/…/assets", "PUT /albums/…/assets", "PATCH /albums/…"]
    assert members(server) == sorted(photos)


@pytest.mark.parametrize(
    ("why", "reason"),
    [
        pytest.param("member", "still holds 1", id="a photo that is not of the change"),
        pytest.param("archived", "still holds 1", id="an archived one"),
        pytest.param("shared", "shared", id="shared with somebody"),
        pytest.param("link", "shared", id="shared by a link"),
    ],
)
def test_an_album_that_the_user_built_on_is_not_deleted(
    server: FakeImmich, writer: Writer, photos: list[str], why: str, reason: str
) -> None:
    writer.apply(CreateAlbum(KEY, "event", "a", "", tuple(photos[:2])))
    if why in {"member", "archived"}:
        server.add_to_album("a", photos[4])
        server.change_asset(photos[4], visibility="archive" if why == "archived" else "timeline")
    elif why == "shared":
        server.share_album("a", server.add_user("Bob"))
    else:
        server.share_link(album="a")
    before = server.dump()
    outcome = writer.apply(DeleteAlbum(KEY, "event", "a", "", tuple(photos[:2])))
    assert (outcome.status, reason in outcome.reason) == ("refused", True)
    assert server.dump() == before


def test_an_album_with_our_photos_alone_is_deleted_and_they_stay(
    server: FakeImmich, writer: Writer, photos: list[str]
) -> None:
    before = server.dump()
    create = CreateAlbum(KEY, "event", "a", "", tuple(photos[:3]))
    writer.apply(create)
    assert writer.apply(create.inverse()).status == "done"
    assert server.dump() == before


@pytest.mark.parametrize(
    "title",
    [
        pytest.param("x" * 5_000, id="5,000 characters: Immich has no bound"),
        pytest.param("", id="empty"),
        pytest.param('日本 😀 <b>"&</b>\nnew line', id="odd characters"),
    ],
)
def test_titles_come_back_as_they_were_given(server: FakeImmich, writer: Writer, title: str) -> None:
    writer.apply(CreateAlbum(KEY, "event", title))
    (album,) = server.state.albums.values()
    assert album.name == title
    assert writer.apply(RenameAlbum(KEY, title, was="x")).status == "already"


@pytest.mark.parametrize("title", ["a\0b", "a\ud800b"])
def test_what_the_database_cannot_hold_is_refused(server: FakeImmich, writer: Writer, title: str) -> None:
    assert writer.apply(CreateAlbum(KEY, "event", title)).status == "refused"
    writer.apply(CreateAlbum(KEY, "event", "a"))
    assert writer.apply(RenameAlbum(KEY, title, was="a")).status == "refused"
    assert writer.apply(DescribeAlbum(KEY, title, was="")).status == "refused"


@pytest.mark.parametrize("key", ["", "Ev 1", "a]b", "x" * 121])
def test_a_key_that_no_marker_can_hold_is_refused(server: FakeImmich, writer: Writer, key: str) -> None:
    assert writer.apply(CreateAlbum(key, "event", "a")).status == "refused"
    assert writes(server) == []


def test_of_two_albums_with_one_marker_the_oldest_is_ours_and_the_other_is_named(
    server: FakeImmich, writer: Writer, photos: list[str]
) -> None:
    first = server.add_album("first", [photos[0]], MARK)
    second = server.add_album("second", [photos[1]], MARK)
    server.state.albums[second].created += timedelta(seconds=1)
    assert writer.apply(AddMembers(KEY, (photos[2],))).gallery_id == first
    (warning,) = writer.warnings()
    assert second in warning
    assert KEY in warning
    server.delete_album(first)
    assert writer.apply(AddMembers(KEY, (photos[2],))).gallery_id == second
    assert writer.warnings() == []


def test_an_album_that_another_albumen_made_meanwhile_is_taken(
    server: FakeImmich, writer: Writer, photos: list[str]
) -> None:
    """Ours is made a moment before the other's call, which fails: the look after it finds ours."""
    server.faults(0, rate=1.0, kinds=["502"], in_a_row=1)
    after(server, "POST", "/albums", lambda: server.add_album("theirs", [photos[0]], MARK))
    outcome = writer.apply(CreateAlbum(KEY, "event", "a", "", tuple(photos[:2])))
    assert len(server.state.albums) <= 2
    oldest = min(server.state.albums.values(), key=lambda album: album.created)
    assert outcome.gallery_id == oldest.id
    assert sorted(oldest.members) == sorted(photos[:2])


def test_an_album_of_another_user_is_not_ours(server: FakeImmich, writer: Writer) -> None:
    bob = server.add_user("Bob")
    theirs = server.add_album("bob's", description=MARK, owner=bob)
    server.share_album(theirs, server.user, "editor")
    assert writer.apply(RenameAlbum(KEY, "b", was="bob's")).status == "gone"


@pytest.mark.parametrize(
    ("lacking", "change"),
    [
        pytest.param("album.create", CreateAlbum("ev-9", "event", "b"), id="create"),
        pytest.param("album.update", RenameAlbum(KEY, "b", was="a"), id="rename"),
        pytest.param("album.delete", DeleteAlbum(KEY, "event", "a"), id="delete"),
        pytest.param("albumAsset.create", AddMembers(KEY, (NOWHERE,)), id="add"),
        pytest.param("albumAsset.delete", RemoveMembers(KEY, (NOWHERE,)), id="remove"),
    ],
)
def test_a_permission_that_the_key_lacks_is_named(
    server: FakeImmich, writer: Writer, tmp_path: Path, lacking: str, change: Change
) -> None:
    writer.apply(CreateAlbum(KEY, "event", "a"))
    key = server.add_key([p for p in PERMISSIONS if p != lacking])
    with pytest.raises(GalleryRefused, match=lacking.replace(".", r"\.")):
        open_writer(server, tmp_path, key).apply(change)


def test_an_unknown_album_is_gone(server: FakeImmich, writer: Writer) -> None:
    assert writer.apply(AddMembers("ev-unknown", (NOWHERE,))).status == "gone"
    assert writer.apply(DeleteAlbum("ev-unknown", "event", "a")).status == "gone"
    assert writes(server) == []
