"""What every gallery promises: changes made once however often asked, taken back whole, and never to a photo."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from plugins.changes import (
    AddMembers,
    AddTags,
    AssignFace,
    Change,
    CreateAlbum,
    CreatePerson,
    DeleteAlbum,
    DescribeAlbum,
    NamePerson,
    Outcome,
    RemoveMembers,
    RemovePerson,
    RemoveTags,
    RenameAlbum,
    SetAlbumCover,
    SetCover,
    UnassignFace,
    WriteNote,
)
from plugins.drawn import drawn_face
from plugins.galleries import Gallery, PhotoGone
from plugins.galleries.folder import Plugin as Folder
from plugins.pictures import open_picture
from plugins.records import Marker, Region

KEY = "ev-1"


@dataclass(frozen=True)
class World:
    """A gallery with five photos and no album, and what its user can do beside it."""

    open: Callable[[], Gallery]
    originals: Callable[[], object]
    everything: Callable[[], object]
    release: Callable[[str], None]
    one_more: Callable[[], AbstractContextManager[object]]


@pytest.fixture(params=["folder"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    makers = {"folder": make_folder}
    return makers[request.param](tmp_path)


def make_folder(tmp_path: Path) -> World:
    root = tmp_path / "photos"
    for n in range(5):
        path = root / f"2024/day {n % 2}/IMG_{n}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (40, 30), (n * 40, 80, 120)).save(path)

    def hashes(*, state: bool) -> dict[str, str]:
        files = [p for p in root.rglob("*") if p.is_file() and (state or p.suffix == ".jpg")]
        # The memory of the files is no part of the gallery, and its explanation stays.
        files = [p for p in files if p.name not in {"index.json", "README.txt"}]
        return {str(p.relative_to(root)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}

    def release(key: str) -> None:
        path = root / ".albumen/albums" / f"{key}.toml"
        path.write_text(path.read_text().split("[albumen]")[0])

    @contextmanager
    def one_more() -> Iterator[None]:
        path = root / "2024/new.jpg"
        Image.new("RGB", (40, 30), (1, 2, 3)).save(path)
        yield
        path.unlink()

    return World(
        open=lambda: Folder(root, tmp_path / "data", ZoneInfo("Europe/Lisbon")),
        originals=lambda: hashes(state=False),
        everything=lambda: hashes(state=True),
        release=release,
        one_more=one_more,
    )


@pytest.fixture
def gallery(world: World) -> Iterator[Gallery]:
    before = world.originals()
    with world.open() as gallery:
        yield gallery
    assert world.originals() == before  # whatever a test did


def ids(gallery: Gallery) -> list[str]:
    return sorted(photo.id for photo in gallery.photos())


def changes(photos: list[str]) -> list[Change]:
    """Every kind of change once, in an order in which each can be made."""
    a, b, c, d, _ = photos
    return [
        CreateAlbum(KEY, "event", "Lisbon, 3–5 May 2024", 'Três dias\n<b>&</b> "more"', (a,)),
        AddMembers(KEY, (b, c)),
        RenameAlbum(KEY, "Lisboa 😀", was="Lisbon, 3–5 May 2024"),
        DescribeAlbum(KEY, "", was='Três dias\n<b>&</b> "more"'),
        SetCover(KEY, b, was=None),
        SetCover(KEY, c, was=b),
        RemoveMembers(KEY, (a,)),
        AddTags(("beach", "mar & sol"), (a, d)),
        AddTags(("fog",), (c,)),
        RemoveTags(("beach", "mar & sol"), (d,)),
        RemoveTags(("fog",), (c,)),
        CreatePerson("p-1"),
        CreatePerson("p-2", "Ana"),
        AssignFace("face-1", "p-1"),
        AssignFace("face-1", "p-2", was="p-1"),
        UnassignFace("face-1", "p-2"),
        NamePerson("p-1", "Zoë"),
        NamePerson("p-1", "", was="Zoë"),
        RemovePerson("p-1"),
        WriteNote(d, "An evening in Belém"),
        WriteNote(d, "Belém", was="An evening in Belém"),
    ]


def made(gallery: Gallery, change: Change) -> Outcome:
    """Make a change, and wait until it is worked in."""
    outcome = gallery.apply(change)
    return gallery.digested([change])[0] if outcome.status == "taken" else outcome


def test_newer_says_what_came_since_it_was_last_read(gallery: Gallery, world: World) -> None:
    assert gallery.newer(datetime.now(UTC))  # what was never read is news
    known = set(ids(gallery))
    read = datetime.now(UTC)
    assert not gallery.newer(read)
    assert gallery.newer(read - timedelta(hours=1))
    with world.one_more():
        assert gallery.newer(read)
        assert gallery.newer(read)  # asking has changed nothing
        (new,) = gallery.photos(read)
        assert set(ids(gallery)) == {*known, new.id}


def test_a_preview_is_the_picture_of_its_photo(gallery: Gallery) -> None:
    for photo in gallery.photos():
        preview = gallery.preview(photo, 16)
        assert preview.content_key == photo.content_key
        picture = open_picture(preview.source)
        assert (picture.mode, picture.width / picture.height) == ("RGB", photo.width / photo.height)
        assert min(picture.size) >= 16


def test_a_preview_of_a_photo_that_is_not_there_says_so(gallery: Gallery) -> None:
    photo = next(iter(gallery.photos()))
    with pytest.raises(PhotoGone, match="skipped"):
        gallery.preview(replace(photo, id="nowhere"), 16)


def test_each_change_twice_is_each_change_once(world: World, gallery: Gallery) -> None:
    for change in changes(ids(gallery)):
        assert made(gallery, change).status == "done", change
        once = world.everything()
        assert made(gallery, change).status in {"already", "gone"}, change
        assert made(world.open(), change).status in {"already", "gone"}, change
        assert world.everything() == once, change


def test_inverses_in_reverse_order_restore_everything(world: World, gallery: Gallery) -> None:
    photos, pictured = ids(gallery), list[object]()
    for change in changes(photos):
        pictured.append(world.everything())
        assert made(gallery, change).status == "done", change
    for change, before in reversed(list(zip(changes(photos), pictured, strict=True))):
        assert made(gallery, change.inverse()).status == "done", change
        if not isinstance(change, RemoveMembers | UnassignFace | RemovePerson | RemoveTags):  # order may differ
            assert _names(world.everything()) == _names(before), change
    assert world.everything() == pictured[0]


def _names(files: object) -> set[str]:
    return set(files) if isinstance(files, dict) else set()


def test_what_is_written_is_what_is_read(gallery: Gallery) -> None:
    a, b, c, d, _ = photos = ids(gallery)
    for change in changes(photos):
        made(gallery, change)
    (album,) = gallery.albums()
    assert (album.title, album.description, album.cover) == ("Lisboa 😀", "", c)
    assert album.marker == Marker("event", KEY)
    assert list(gallery.members(album.id)) == [b, c]
    assert (gallery.tagged("beach"), gallery.tagged("mar & sol")) == ([a], [a])
    assert gallery.tags() == ["beach", "mar & sol"]
    assert [(p.id, p.name) for p in gallery.people()] == [("p-2", "Ana")]
    assert [photo.tags for photo in gallery.photos()] == [()] * 5  # ours are not the user's
    assert gallery.signals().covers == ()  # the album is ours, and so is its cover
    assert d in ids(gallery)


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
    gallery.apply(CreateAlbum(KEY, "event", "a"))
    gallery.apply(AddMembers(KEY, tuple(ids(gallery)[:2])))
    world.release(KEY)
    before = world.everything()
    assert gallery.apply(change).status == "gone"
    assert world.everything() == before
    assert [(album.title, album.marker) for album in gallery.albums()] == [("a", None)]


@pytest.mark.parametrize(("n", "status"), [(0, "refused"), (1, "refused"), (2, "done"), (3, "done")])
def test_an_album_is_deleted_with_the_photos_that_are_named_and_no_others(
    world: World, gallery: Gallery, n: int, status: str
) -> None:
    photos = tuple(ids(gallery))
    gallery.apply(CreateAlbum(KEY, "event", "a", "", photos[:2]))
    before = world.everything()
    assert gallery.apply(DeleteAlbum(KEY, "event", "a", "", photos[:n])).status == status
    assert (world.everything() == before) == (status == "refused")


def test_an_album_that_is_there_already_gets_the_photos_that_it_lacks(gallery: Gallery) -> None:
    a, b, c, *_ = ids(gallery)
    album = gallery.apply(CreateAlbum(KEY, "event", "a", "", (a,))).gallery_id
    assert gallery.apply(CreateAlbum(KEY, "event", "a", "", (a, b, c))).gallery_id == album
    assert sorted(gallery.members(album)) == [a, b, c]
    assert len(gallery.albums()) == 1


def test_changes_that_were_never_made_are_made_when_they_are_asked_for(gallery: Gallery) -> None:
    a, b, *_ = ids(gallery)
    asked = [AddTags(("beach", "sun"), (a, b)), AddTags(("fog",), (a,)), RemoveTags(("sun",), (b,))]
    assert {outcome.status for outcome in gallery.digested(asked)} <= {"done", "already"}
    assert [list(gallery.tagged(tag)) for tag in ("beach", "sun", "fog")] == [[a, b], [a], [a]]
    assert list(gallery.digested([])) == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param(RenameAlbum(KEY, "ours", was="something else"), "'a'", id="renamed since"),
        pytest.param(DescribeAlbum(KEY, "ours", was="something else"), "description", id="described since"),
    ],
)
def test_what_the_user_changed_in_between_stays(world: World, gallery: Gallery, change: Change, reason: str) -> None:
    gallery.apply(CreateAlbum(KEY, "event", "a"))
    before = world.everything()
    outcome = gallery.apply(change)
    assert outcome.status == "refused"
    assert reason in outcome.reason
    assert world.everything() == before


def test_photos_that_are_gone_are_skipped(gallery: Gallery) -> None:
    gallery.apply(CreateAlbum(KEY, "event", "a"))
    here = ids(gallery)[0]
    for change in (AddMembers(KEY, (here, "nowhere")), AddTags(("beach",), ("nowhere", here))):
        outcome = made(gallery, change)
        assert (outcome.status, outcome.skipped) == ("done", ("nowhere",))
    assert made(gallery, AddTags(("beach",), ("nowhere",))).status == "gone"
    assert list(gallery.members(KEY)) == [here]


def test_an_album_is_made_of_the_photos_that_are_there(gallery: Gallery) -> None:
    here = ids(gallery)[0]
    for key, photos, inside in ((KEY, (here, "nowhere"), [here]), ("ev-2", ("nowhere",), [])):
        outcome = gallery.apply(CreateAlbum(key, "event", "a", "", photos))
        assert (outcome.status, outcome.skipped) == ("done", ("nowhere",))
        assert list(gallery.members(outcome.gallery_id)) == inside


def test_a_face_that_only_we_found_is_shown_by_the_gallery_that_finds_none(gallery: Gallery) -> None:
    if gallery.capabilities.finds_faces:
        pytest.skip("it finds faces itself, and ours are drawn into it only when the user wants that")
    photo = next(iter(gallery.photos()))
    face = drawn_face(photo.id, (0.25, 0.25, 0.5, 0.5))
    for change in (CreatePerson("p-1", "Ana"), AssignFace(face, "p-1")):
        gallery.apply(change)
    assert list(gallery.regions(photo)) == [Region(photo.id, (0.25, 0.25, 0.5, 0.5), "Ana", face, "p-1")]
    gallery.apply(UnassignFace(face, "p-1"))
    assert list(gallery.regions(photo)) == []


def test_an_album_that_the_user_took_over_is_shown_by_what_they_ask_for(world: World, gallery: Gallery) -> None:
    a, b, c, *_ = photos = ids(gallery)
    made(gallery, CreateAlbum(KEY, "event", "a", "", tuple(photos)))
    album = gallery.albums()[0]
    assert gallery.apply(SetAlbumCover(album.id, b, was=album.cover)).status == "refused", "it is ours yet"
    world.release(KEY)
    album = gallery.albums()[0]
    before = world.everything()
    asked = SetAlbumCover(album.id, c, was=album.cover)
    assert gallery.apply(replace(asked, was=a)).status == "refused"
    assert [gallery.apply(asked).status for _ in range(2)] == ["done", "already"]
    assert (gallery.albums()[0].cover, gallery.signals().covers) == (c, ((album.id, c),))
    assert gallery.apply(replace(asked, photo=b)).status == "refused"
    assert gallery.apply(asked.inverse()).status == "done"
    assert world.everything() == before
    assert gallery.apply(SetAlbumCover("nowhere", a, None)).status == "gone"


def test_changes_to_what_is_not_there_are_gone(world: World, gallery: Gallery) -> None:
    made(gallery, AddTags(("x",), (ids(gallery)[0],)))
    before = world.everything()
    for change in (
        AddMembers("ev-9", ("x",)),
        RemovePerson("p-9"),
        AssignFace("f", "p-9"),
        UnassignFace("f", "p-9"),
        NamePerson("p-9", "Ana"),
    ):
        assert gallery.apply(change).status == "gone", change
    assert world.everything() == before
