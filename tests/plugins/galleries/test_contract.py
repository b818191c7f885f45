"""What every gallery promises: changes made once however often asked, taken back whole, and never to a photo.

What a gallery cannot, or does in a way of its own, is read from its capabilities and from `as_kept`, never its name.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from fakes.worlds import World

from plugins.changes import (
    AddMembers,
    AddTags,
    Change,
    CreateAlbum,
    DeleteAlbum,
    DescribeAlbum,
    Outcome,
    RemoveMembers,
    RemoveTags,
    RenameAlbum,
    SetAlbumCover,
    SetCover,
    WriteNote,
)
from plugins.galleries import Gallery, PhotoGone
from plugins.pictures import open_picture
from plugins.records import Album, Marker

KEY = "event-1"
TEXT = 'Três dias\n<b>&</b> "more"'


def ids(gallery: Gallery) -> list[str]:
    return sorted(photo.id for photo in gallery.photos())


def changes(gallery: Gallery) -> list[Change]:
    """Every kind of change once that the gallery takes, in an order in which each can be made."""
    (a, b, c, d, _), kept = ids(gallery), gallery.as_kept
    title, other, text = kept("title", "Lisbon, 3–5 May 2024"), kept("title", "Lisboa 😀"), kept("description", TEXT)
    two, one = tags(gallery, "beach", "mar & sol"), tags(gallery, "fog")
    made: list[Change] = [
        CreateAlbum(KEY, "event", title, text, (a,)),
        AddMembers(KEY, (b, c)),
        RenameAlbum(KEY, other, was=title),
        DescribeAlbum(KEY, "", was=text),
        SetCover(KEY, b, was=None),
        SetCover(KEY, c, was=b),
        RemoveMembers(KEY, (a,)),
        AddTags(two, (a, d)),
        AddTags(one, (c,)),
        RemoveTags(two, (d,)),
        RemoveTags(one, (c,)),
    ]
    if gallery.capabilities.notes:
        made += [WriteNote(d, "An evening in Belém"), WriteNote(d, "Belém", was="An evening in Belém")]
    return made


def tags(gallery: Gallery, *words: str) -> tuple[str, ...]:
    return tuple(gallery.as_kept("tag", word) for word in words)


def made(gallery: Gallery, change: Change) -> Outcome:
    """Make a change, and wait until it is worked in."""
    outcome = gallery.apply(change)
    return gallery.digested([change])[0] if outcome.status == "taken" else outcome


def was_made(gallery: Gallery, change: Change) -> bool:
    """Make a change again, and say whether the gallery tells that it has nothing to do, or works on it and has done."""
    status = gallery.apply(change).status
    return status in {"already", "gone"} or (status == "taken" and made(gallery, change).status in {"already", "done"})


def an_album(gallery: Gallery, photos: Iterable[str], key: str = KEY, title: str = "a") -> str:
    """Make an album of ours; return the gallery's id of it."""
    outcome = gallery.apply(CreateAlbum(key, "event", gallery.as_kept("title", title), "", tuple(photos)))
    assert outcome.status == "done"
    return outcome.gallery_id


def only(albums: Iterable[Album]) -> Album:
    (album,) = albums
    return album


def test_newer_says_whether_photos_came_in(gallery: Gallery, world: World) -> None:
    known, read = set(ids(gallery)), datetime.now(UTC)
    assert not gallery.newer(read)
    assert gallery.newer(read - timedelta(days=3_650))
    world.add_photo()
    assert gallery.newer(read)
    assert gallery.newer(read)  # asking has changed nothing
    (new,) = gallery.photos(read)
    assert set(ids(gallery)) == {*known, new.id}


def test_a_preview_is_the_picture_of_its_photo(gallery: Gallery) -> None:
    for photo in islice(gallery.photos(), 2):
        preview = gallery.preview(photo, 16)
        assert preview.content_key == photo.content_key
        picture = open_picture(preview.source)
        assert (picture.mode, picture.width / picture.height) == ("RGB", photo.width / photo.height)
        assert min(picture.size) >= 16


def test_a_preview_of_a_photo_that_is_not_there_says_so(gallery: Gallery, world: World) -> None:
    photo = next(iter(gallery.photos()))
    with pytest.raises(PhotoGone):
        gallery.preview(replace(photo, id=world.nowhere, content_key="0" * len(photo.content_key)), 16)


def test_each_change_twice_is_each_change_once(world: World, gallery: Gallery) -> None:
    for change in changes(gallery):
        assert made(gallery, change).status == "done", change
        once = world.everything()
        assert was_made(gallery, change), change
        with world.open() as another:
            assert was_made(another, change), change
        assert world.everything() == once, change


def test_inverses_in_reverse_order_restore_everything(world: World, gallery: Gallery) -> None:
    """But for the order of what is taken out and put in again, and the cover that a gallery picks by itself."""
    asked, pictured = changes(gallery), list[object]()
    for change in asked:
        pictured.append(world.everything())
        assert made(gallery, change).status == "done", change
    for change, before in reversed(list(zip(asked, pictured, strict=True))):
        assert made(gallery, change.inverse()).status == "done", change
        if not (gallery.capabilities.picks_covers or isinstance(change, RemoveTags)):
            assert world.everything() == before, change
    assert world.everything() == pictured[0]


def test_what_is_written_is_what_is_read(gallery: Gallery) -> None:
    a, b, c, d, _ = ids(gallery)
    for change in changes(gallery):
        made(gallery, change)
    album = only(gallery.albums())
    assert (album.title, album.description, album.cover) == (gallery.as_kept("title", "Lisboa 😀"), "", c)
    assert album.marker == Marker("event", KEY)
    assert sorted(gallery.members(album.id)) == [b, c]
    beach, sun = tags(gallery, "beach", "mar & sol")
    assert (gallery.tagged(beach), gallery.tagged(sun)) == ([a], [a])
    assert gallery.tagged_among([beach, "none of that"], [a, b]) == {beach: {a}, "none of that": frozenset()}
    assert gallery.tags() == sorted([beach, sun])
    ours = {(photo.id, tag) for photo in gallery.photos() for tag in photo.tags}
    assert ours == set() or not gallery.capabilities.tells_whose_tags
    assert gallery.signals().covers == ()  # the album is ours, and so is its cover
    assert d in ids(gallery)


ODD = [
    pytest.param("A" * 5_000, id="long"),
    pytest.param("🎂" * 400, id="beyond the basic plane"),
    pytest.param("\u202eback\u202c\twards", id="right to left"),
    pytest.param("<b>&amp;</b> '; DROP TABLE albums; --", id="markup"),
    pytest.param('say "a|b", {c} _d_: e~f*%g?', id="signs"),
    pytest.param("/lead//ing/ and\nnewline\r\n", id="slashes and lines"),
    pytest.param("  many   blanks  ", id="blanks"),
    pytest.param("o'clock ÀÉÎ straße ǆ ŉ", id="letters without a single capital"),
]


@pytest.mark.parametrize("text", ODD)
def test_a_text_is_read_as_the_gallery_says_that_it_keeps_it(gallery: Gallery, text: str) -> None:
    """A tag that it cannot hold it refuses, and says why."""
    title, words, tag = (
        gallery.as_kept("title", text),
        gallery.as_kept("description", text),
        gallery.as_kept("tag", text),
    )
    assert (gallery.as_kept("title", title), gallery.as_kept("description", words)) == (title, words)
    assert gallery.as_kept("tag", tag) == tag
    a, b, *_ = ids(gallery)
    gallery.apply(CreateAlbum(KEY, "event", title, words, (a,)))
    assert [(album.title, album.description) for album in gallery.albums()] == [(title, words)]
    outcome = made(gallery, AddTags((tag,), (b,)))
    assert outcome.status == "done" or (outcome.status == "refused" and outcome.reason)
    assert list(gallery.tagged(tag)) == ([b] if outcome.status == "done" else [])


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(RenameAlbum(KEY, "b", was="a"), id="rename"),
        pytest.param(DescribeAlbum(KEY, "b", was=""), id="describe"),
        pytest.param(AddMembers(KEY, ("x",)), id="add"),
        pytest.param(RemoveMembers(KEY, ("x",)), id="remove"),
        pytest.param(SetCover(KEY, None, was="x"), id="cover"),
        pytest.param(DeleteAlbum(KEY, "event", "a"), id="delete"),
        pytest.param(CreateAlbum(KEY, "event", "a"), id="make again"),
    ],
)
def test_album_without_its_marker_is_the_users(world: World, gallery: Gallery, change: Change) -> None:
    world.release(an_album(gallery, ids(gallery)[:2]))
    before, title = world.everything(), only(gallery.albums()).title
    assert gallery.apply(change).status == "gone"
    assert world.everything() == before
    assert [(album.title, album.marker) for album in gallery.albums()] == [(title, None)]


def test_an_album_of_the_users_with_the_same_title_is_left_alone(world: World, gallery: Gallery) -> None:
    a, b, c, *_ = ids(gallery)
    theirs = world.add_album("Lisbon", [a, b])
    before = world.everything()
    ours = an_album(gallery, [c], title="Lisbon")
    assert {album.id: album.marker for album in gallery.albums()} == {theirs: None, ours: Marker("event", KEY)}
    assert (sorted(gallery.members(theirs)), sorted(gallery.members(ours))) == ([a, b], [c])
    assert gallery.apply(DeleteAlbum(KEY, "event", "Lisbon", "", (c,))).status == "done"
    assert world.everything() == before


@pytest.mark.parametrize(("n", "status"), [(0, "refused"), (1, "refused"), (2, "done"), (3, "done")])
def test_an_album_is_deleted_with_the_photos_that_are_named_and_no_others(
    world: World, gallery: Gallery, n: int, status: str
) -> None:
    photos = tuple(ids(gallery))
    an_album(gallery, photos[:2])
    before = world.everything()
    assert gallery.apply(DeleteAlbum(KEY, "event", "a", "", photos[:n])).status == status
    assert (world.everything() == before) == (status == "refused")


def test_an_album_that_is_there_already_gets_the_photos_that_it_lacks(gallery: Gallery) -> None:
    a, b, c, *_ = ids(gallery)
    album = an_album(gallery, [a])
    assert an_album(gallery, [a, b, c]) == album
    assert sorted(gallery.members(album)) == [a, b, c]
    assert len(gallery.albums()) == 1


def test_a_photo_that_the_user_archives_has_not_left_our_album(world: World, gallery: Gallery) -> None:
    if world.hide is None:
        pytest.skip("it has no archive")
    a, b, *_ = ids(gallery)
    album = an_album(gallery, [a, b])
    world.hide(a, True)
    assert {photo.id: photo.hidden for photo in gallery.photos()}[a]
    assert sorted(gallery.members(album)) == [a, b]
    world.hide(a, False)
    assert not {photo.id: photo.hidden for photo in gallery.photos()}[a]
    assert {*gallery.members(album), *gallery.dropped(album)} == {a, b}


def test_changes_that_were_never_made_are_made_when_they_are_asked_for(gallery: Gallery) -> None:
    a, b, *_ = ids(gallery)
    beach, sun, fog = tags(gallery, "beach", "sun", "fog")
    asked = [AddTags((beach, sun), (a, b)), AddTags((fog,), (a,)), RemoveTags((sun,), (b,))]
    assert {outcome.status for outcome in gallery.digested(asked)} <= {"done", "already"}
    assert [list(gallery.tagged(tag)) for tag in (beach, sun, fog)] == [[a, b], [a], [a]]
    assert list(gallery.digested([])) == []


@pytest.mark.parametrize(
    ("change", "part"),
    [
        pytest.param(RenameAlbum(KEY, "ours", was="something else"), "title", id="renamed since"),
        pytest.param(DescribeAlbum(KEY, "ours", was="something else"), "description", id="described since"),
    ],
)
def test_what_the_user_changed_in_between_stays(world: World, gallery: Gallery, change: Change, part: str) -> None:
    an_album(gallery, [])
    before = world.everything()
    outcome = gallery.apply(change)
    assert (outcome.status, part in outcome.reason) == ("refused", True)
    assert world.everything() == before


def test_photos_that_are_gone_are_skipped(world: World, gallery: Gallery) -> None:
    here, (beach,) = ids(gallery)[0], tags(gallery, "beach")
    album = an_album(gallery, [])
    for change in (AddMembers(KEY, (here, world.nowhere)), AddTags((beach,), (world.nowhere, here))):
        outcome = made(gallery, change)
        assert (outcome.status, outcome.skipped) == ("done", (world.nowhere,)), change
    assert made(gallery, AddTags((beach,), (world.nowhere,))).status == "gone"
    assert list(gallery.members(album)) == [here]


def test_an_album_is_made_of_the_photos_that_are_there(world: World, gallery: Gallery) -> None:
    here = ids(gallery)[0]
    for key, photos, inside in ((KEY, (here, world.nowhere), [here]), ("event-2", (world.nowhere,), [])):
        outcome = gallery.apply(CreateAlbum(key, "event", gallery.as_kept("title", key), "", photos))
        assert (outcome.status, outcome.skipped) == ("done", (world.nowhere,))
        assert list(gallery.members(outcome.gallery_id)) == inside


def test_an_album_that_the_user_took_over_is_shown_by_what_they_ask_for(world: World, gallery: Gallery) -> None:
    world.release(an_album(gallery, ids(gallery)))
    album = only(gallery.albums())
    before = world.everything()
    one, another, wrong = [photo for photo in ids(gallery) if photo != album.cover][:3]
    asked = SetAlbumCover(album.id, one, was=album.cover)
    assert gallery.apply(replace(asked, was=wrong)).status == "refused"
    assert [gallery.apply(asked).status for _ in range(2)] == ["done", "already"]
    assert (only(gallery.albums()).cover, gallery.signals().covers) == (one, ((album.id, one),))
    assert gallery.apply(replace(asked, photo=another)).status == "refused"
    assert gallery.apply(asked.inverse()).status == "done"
    assert world.everything() == before
    assert gallery.apply(SetAlbumCover(world.nowhere, one, None)).status == "gone"


def test_an_album_of_ours_is_none_whose_cover_the_user_asks_for(gallery: Gallery) -> None:
    photos = ids(gallery)
    an_album(gallery, photos)
    album = only(gallery.albums())
    other = next(photo for photo in photos if photo != album.cover)
    assert gallery.apply(SetAlbumCover(album.id, other, was=album.cover)).status == "refused"
    assert only(gallery.albums()) == album


def test_changes_to_an_album_that_is_not_there_are_gone(world: World, gallery: Gallery) -> None:
    before = world.everything()
    for change in (AddMembers("event-9", tuple(ids(gallery))), RenameAlbum("event-9", "b", was="a")):
        assert gallery.apply(change).status == "gone", change
    assert world.everything() == before
