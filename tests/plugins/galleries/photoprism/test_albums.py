"""Albums on PhotoPrism: claimed only when surely ours, changed only while they carry our marker, never made twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fakes.asking_photoprism import AskingPrism
from fakes.photoprism import FakePhotoPrism
from fakes.photoprism_writer import ends_of, only_album, open_writer, plain, writes

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
from plugins.galleries import GalleryError, GalleryRefused, GalleryUnreachable
from plugins.galleries.photoprism.writing import Writer

KEY = "ev-2024-05-03-a1"
MARK = f"managed-by=albumen;key={KEY};kind=event;v=1"
NOWHERE = "p000000000000000"


@pytest.fixture
def server(five: FakePhotoPrism) -> FakePhotoPrism:
    return five


def test_an_album_is_made_with_marker_words_and_photos(
    server: FakePhotoPrism, writer: Writer, photos: list[str]
) -> None:
    outcome = writer.apply(CreateAlbum(KEY, "event", "Lisbon", "Three days\nof sun", tuple(photos[:3])))
    album = only_album(server)
    assert (album.title, album.description, album.notes) == ("Lisbon", "Three days\nof sun", MARK)
    assert (album.category, album.order, album.thumb_src) == ("Events", "oldest", "")
    assert server.members("Lisbon") == set(photos[:3])
    assert (outcome.status, outcome.gallery_id, outcome.skipped) == ("done", album.uid, ())
    assert writes(server) == ["POST /albums", "PUT /albums/…", "POST /albums/…/photos"]


@pytest.mark.parametrize(
    "theirs",
    [
        pytest.param(lambda s, p: s.add_album("Lisbon", p[3:]), id="the same title"),
        pytest.param(lambda s, p: s.add_album("LISBON!", p[3:]), id="the same slug"),
        pytest.param(
            lambda s, p: (s.add_album("Lisbon", p[3:]), s.delete_album("Lisbon")), id="deleted, with its photos"
        ),
        pytest.param(lambda s, p: s.add_album("Lisbon", p[3:], favorite=True), id="a favourite of theirs"),
    ],
)
def test_an_album_of_the_users_is_never_claimed(
    server: FakePhotoPrism, writer: Writer, photos: list[str], theirs: Callable[[FakePhotoPrism, list[str]], object]
) -> None:
    """PhotoPrism answers 200 with theirs, or brings it back, where somebody asks for an album of that title."""
    theirs(server, photos)
    before = plain(server)["albums"]
    outcome = writer.apply(CreateAlbum(KEY, "event", "Lisbon", "", tuple(photos[:3])))
    assert outcome.status == "done"
    ours = server.state.albums.pop(outcome.gallery_id)
    assert (ours.title, ours.notes, ours.shown()) == ("Lisbon", MARK, photos[:3])
    assert plain(server)["albums"] == before


def changes(photos: list[str]) -> list[Change]:
    a, b, c, d, _ = photos
    return [
        CreateAlbum(KEY, "event", "Lisbon", "Three days", (a, b, c)),
        AddMembers(KEY, (c, d)),
        RenameAlbum(KEY, "Lisboa 😀", was="Lisbon"),
        DescribeAlbum(KEY, "", was="Three days"),
        SetCover(KEY, d, was=None),
        SetCover(KEY, b, was=d),
        SetCover(KEY, None, was=b),
        RemoveMembers(KEY, (a, NOWHERE)),
        RemoveMembers(KEY, (b, c, d)),
        DeleteAlbum(KEY, "event", "Lisboa 😀"),
    ]


@pytest.mark.parametrize("version", ["250425", "251130"])
def test_each_change_twice_is_each_change_once(
    server: FakePhotoPrism, writer: Writer, photos: list[str], tmp_path: Path, version: str
) -> None:
    server.version = version
    for change in changes(photos):
        assert writer.apply(change).status == "done", change
        once = plain(server)
        for again in (writer, open_writer(server, tmp_path)):
            assert again.apply(change).status in {"already", "gone"}, change
        assert plain(server) == once, change


@pytest.mark.parametrize("version", ["250425", "260919"])
def test_a_run_that_dies_at_any_request_ends_as_an_undisturbed_one(tmp_path: Path, version: str) -> None:
    """The server does what it was asked, and its answer is lost: what is made again is never made twice."""
    undisturbed = ends_of(changes, version, tmp_path / "undisturbed")
    assert ends_of(changes, version, tmp_path / "disturbed", "truncated") == undisturbed
    assert undisturbed[-1]["albums"] == []


@pytest.mark.parametrize("seed", range(8))
def test_no_album_is_made_twice_when_the_server_is_unsteady(seed: int, tmp_path: Path) -> None:
    with FakePhotoPrism() as server:
        photos = server.add_photos(5)
        writer = open_writer(server, tmp_path)
        server.faults(seed, rate=0.3, in_a_row=2, hold_s=0.0)
        for n in range(3):
            assert writer.apply(CreateAlbum(f"ev-{n}", "event", "a", "", tuple(photos))).status in {"done", "already"}
        server.faults(seed, rate=0.0)
        assert sorted((a.title, len(a.shown())) for a in server.state.albums.values()) == [("a", 5)] * 3


@pytest.mark.parametrize("notes", ["", "theirs", MARK.replace(KEY, "ev-other"), f"see {MARK}", MARK.replace("v=1", "")])
def test_album_without_its_marker_is_the_users(
    server: FakePhotoPrism, writer: Writer, photos: list[str], notes: str
) -> None:
    writer.apply(CreateAlbum(KEY, "event", "a"))
    server.change_album("a", notes=notes)
    before = plain(server)
    for change in changes(photos):
        assert writer.apply(change).status == "gone", change
    assert plain(server) == before


@pytest.mark.parametrize("notes", [f"mine\n{MARK}\nand this", f"{MARK}\r\n", f"  {MARK}  "])
def test_the_marker_is_found_in_odd_notes_and_they_stay(server: FakePhotoPrism, writer: Writer, notes: str) -> None:
    writer.apply(CreateAlbum(KEY, "event", "a"))
    server.change_album("a", notes=notes)
    assert writer.apply(RenameAlbum(KEY, "b", was="a")).status == "done"
    assert (only_album(server).title, only_album(server).notes) == ("b", notes)


def test_the_marker_of_a_newer_albumen_is_left_alone(server: FakePhotoPrism, writer: Writer) -> None:
    server.add_album("a", notes=MARK.replace("v=1", "v=2"))
    with pytest.raises(GalleryRefused, match="newer Albumen"):
        writer.apply(CreateAlbum(KEY, "event", "a"))


@pytest.mark.parametrize(
    ("edit", "change", "theirs"),
    [
        pytest.param(
            lambda s: s.rename("a", "my holidays"), RenameAlbum(KEY, "b", was="a"), "my holidays", id="renamed"
        ),
        pytest.param(
            lambda s: s.describe("a", "with Ben"), DescribeAlbum(KEY, "b", was=""), "with Ben", id="described"
        ),
    ],
)
def test_other_words_than_planned_are_the_users(
    server: FakePhotoPrism, writer: Writer, edit: Callable[[FakePhotoPrism], object], change: Change, theirs: str
) -> None:
    writer.apply(CreateAlbum(KEY, "event", "a"))
    edit(server)
    outcome = writer.apply(change)
    assert (outcome.status, theirs in outcome.reason) == ("refused", True)
    assert theirs in {only_album(server).title, only_album(server).description}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        pytest.param(CreateAlbum(KEY, "event", " _{}_ "), "title", id="nothing of the title is kept"),
        pytest.param(CreateAlbum("Ärger", "event", "a"), "found again", id="a key that is none"),
    ],
)
def test_what_cannot_be_held_is_refused(server: FakePhotoPrism, writer: Writer, change: Change, why: str) -> None:
    outcome = writer.apply(change)
    assert (outcome.status, why in outcome.reason) == ("refused", True)
    assert not server.state.albums


@pytest.mark.parametrize(
    ("build", "why"),
    [
        pytest.param(lambda s, p: s.add_to_album("a", p[4]), "still holds 1", id="a photo that is not of the change"),
        pytest.param(
            lambda s, p: (s.add_to_album("a", p[4]), s.make_private(p[4])), "still holds 1", id="a private one"
        ),
        pytest.param(lambda s, p: (s.add_to_album("a", p[4]), s.review(p[4])), "still holds 1", id="one in review"),
        pytest.param(
            lambda s, p: (s.add_to_album("a", p[4]), setattr(s.state.primary(s.state.photos[p[4]]), "error", "cut")),
            "no search finds",
            id="a broken one",
        ),
    ],
)
def test_an_album_that_the_user_built_on_is_not_deleted(
    server: FakePhotoPrism,
    writer: Writer,
    photos: list[str],
    build: Callable[[FakePhotoPrism, list[str]], object],
    why: str,
) -> None:
    writer.apply(CreateAlbum(KEY, "event", "a", "", tuple(photos[:2])))
    build(server, photos)
    before = plain(server)
    outcome = writer.apply(DeleteAlbum(KEY, "event", "a", "", tuple(photos[:2])))
    assert (outcome.status, why in outcome.reason) == ("refused", True)
    assert plain(server) == before


@pytest.mark.parametrize("version", ["250425", "251130"])
def test_an_album_that_we_deleted_does_not_come_back_as_the_users(
    server: FakePhotoPrism, writer: Writer, version: str
) -> None:
    """A version that puts albums aside brings one back, with our marker, when the user makes one of that title."""
    server.version = version
    writer.apply(CreateAlbum(KEY, "event", "Lisbon"))
    writer.apply(DeleteAlbum(KEY, "event", "Lisbon"))
    with AskingPrism(server) as ask:
        status, made = ask("POST", "/albums", {"Title": "Lisbon"})
    assert (status, made["Notes"]) == (201, "")


@pytest.mark.parametrize("built_on", [False, True])
def test_an_album_whose_deletion_was_killed_goes_unless_the_user_has_put_photos_in(
    server: FakePhotoPrism, writer: Writer, photos: list[str], tmp_path: Path, built_on: bool
) -> None:
    server.version = "250425"
    writer.apply(CreateAlbum(KEY, "event", "Lisbon", "", tuple(photos[:2])))
    album = only_album(server)
    delete = DeleteAlbum(KEY, "event", "Lisbon", "", tuple(photos[:2]))
    server.before_request = lambda method, *_: server.faults(1, rate=float(method == "DELETE"), kinds=["login"])
    with pytest.raises(GalleryError):
        open_writer(server, tmp_path, attempts=1).apply(delete)
    server.before_request = None
    server.faults(0, rate=0.0)
    assert (album.title, album.notes) == (f"Albumen {album.uid}", "")
    server.add_to_album(album.uid, *photos[4 : 4 + built_on])
    open_writer(server, tmp_path).apply(CreateAlbum("ev-2", "event", "Rome"))
    assert (album.deleted is None) is built_on


SMART = "favorite:true"


def test_an_album_that_the_user_made_a_search_is_theirs(
    server: FakePhotoPrism, writer: Writer, photos: list[str]
) -> None:
    """PhotoPrism shows what the search finds from then on, whoever is put in or taken out."""
    writer.apply(CreateAlbum(KEY, "event", "a", "Three days", tuple(photos[:2])))
    server.change_album("a", filter=SMART)
    server.favourite(photos[2])
    before = plain(server)
    for change in changes(photos):
        assert writer.apply(change).status == "gone", change
    assert plain(server) == before


def test_of_two_albums_with_one_key_the_older_is_ours_and_the_user_is_told(
    server: FakePhotoPrism, writer: Writer, tmp_path: Path
) -> None:
    writer.apply(CreateAlbum(KEY, "event", "a"))
    ours = only_album(server)
    other = server.add_album("copy", notes=MARK, created=ours.created.replace(year=2099))
    again = open_writer(server, tmp_path)
    assert again.apply(RenameAlbum(KEY, "b", was="a")).gallery_id == ours.uid
    (warning,) = again.warnings()
    assert other in warning
    assert writer.warnings() == []


def test_an_album_that_a_killed_run_began_is_taken_up_or_told_of(server: FakePhotoPrism, tmp_path: Path) -> None:
    """Nobody may want it any more by then: it is empty, and bears no title that says anything."""
    wanted = CreateAlbum(KEY, "event", "Lisbon")
    server.before_request = lambda method, *_: server.faults(1, rate=float(method == "PUT"), kinds=["login"])
    with pytest.raises(GalleryError):
        open_writer(server, tmp_path, attempts=1).apply(wanted)
    server.before_request = None
    server.faults(0, rate=0.0)
    left = only_album(server)
    assert (left.title[:8], left.notes) == ("Albumen ", "")
    next_run = open_writer(server, tmp_path)
    next_run.apply(CreateAlbum("ev-2", "event", "Rome"))
    (warning,) = next_run.warnings()
    assert left.title in warning
    assert next_run.apply(wanted).gallery_id == left.uid
    assert next_run.warnings() == []


@pytest.mark.parametrize("deleted", [False, True])
@pytest.mark.parametrize("times", [1, 3])
def test_an_album_with_the_slug_of_a_working_title_is_the_users(
    server: FakePhotoPrism, tmp_path: Path, photos: list[str], deleted: bool, times: int
) -> None:
    """The user gave another title to what a killed run had begun, and its slug has stayed: a POST finds it by that."""
    theirs = []
    for n in range(times):
        server.before_request = lambda method, *_: server.faults(1, rate=float(method == "PUT"), kinds=["login"])
        with pytest.raises(GalleryError):
            open_writer(server, tmp_path, attempts=1).apply(CreateAlbum(KEY, "event", "Lisbon"))
        server.before_request = None
        server.faults(0, rate=0.0)
        begun = next(a for a in server.state.albums.values() if a.title.startswith("Albumen "))
        server.change_album(begun.uid, title=f"Mine {n}", description="with Ben")
        server.add_to_album(begun.uid, photos[4])
        theirs.append(begun)
        if deleted:
            server.delete_album(begun.uid)
    before = [(a.title, a.description, a.notes, a.shown(), bool(a.deleted)) for a in theirs]
    outcome = open_writer(server, tmp_path).apply(CreateAlbum(KEY, "event", "Lisbon", "", tuple(photos[:2])))
    assert outcome.status == "done"
    assert [(a.title, a.description, a.notes, a.shown(), bool(a.deleted)) for a in theirs] == before
    assert server.members("Lisbon") == set(photos[:2])
    again = open_writer(server, tmp_path).apply(CreateAlbum(KEY, "event", "Lisbon", "", tuple(photos[:2])))
    assert (again.status, again.gallery_id) == ("already", outcome.gallery_id)


@pytest.mark.parametrize("field", ["description", "notes", "filter"])
def test_a_begun_album_into_which_the_user_wrote_is_theirs(
    server: FakePhotoPrism, tmp_path: Path, photos: list[str], field: str
) -> None:
    server.before_request = lambda method, *_: server.faults(1, rate=float(method == "PUT"), kinds=["login"])
    with pytest.raises(GalleryError):
        open_writer(server, tmp_path, attempts=1).apply(CreateAlbum(KEY, "event", "Lisbon"))
    server.before_request = None
    server.faults(0, rate=0.0)
    theirs = only_album(server)
    server.change_album(theirs.uid, **{field: "favorite:true"})
    outcome = open_writer(server, tmp_path).apply(CreateAlbum(KEY, "event", "Lisbon", "", tuple(photos[:2])))
    assert (outcome.status, outcome.gallery_id == theirs.uid) == ("done", False)
    assert (getattr(theirs, field), theirs.title[:8]) == ("favorite:true", "Albumen ")


def test_two_albumens_that_make_one_album_at_once_make_one(tmp_path: Path) -> None:
    """The second asks for it while the first has it under its working title: that is the same for both."""
    with FakePhotoPrism() as server:
        photos = server.add_photos(3)
        first, second = (open_writer(server, tmp_path / name) for name in ("first", "second"))
        seen: list[str] = []

        def watch(method: str, path: str, _: int) -> None:
            if method == "PUT" and not seen:
                seen.append(path)
                second.apply(CreateAlbum(KEY, "event", "Lisbon", "", tuple(photos)))

        server.before_request = watch
        assert first.apply(CreateAlbum(KEY, "event", "Lisbon", "", tuple(photos))).status == "done"
        assert server.members(only_album(server).uid) == set(photos)


def test_a_version_that_is_too_old_is_not_written_to(tmp_path: Path) -> None:
    with FakePhotoPrism(version="240915") as server:
        with pytest.raises(GalleryRefused, match="too old"):
            open_writer(server, tmp_path).apply(CreateAlbum(KEY, "event", "a"))
        assert writes(server) == []


def test_a_database_that_is_locked_is_waited_for_and_then_left(server: FakePhotoPrism, tmp_path: Path) -> None:
    server.locked = 3
    assert open_writer(server, tmp_path).apply(CreateAlbum(KEY, "event", "a")).status == "done"
    server.locked = 100
    with pytest.raises(GalleryUnreachable):
        open_writer(server, tmp_path).apply(RenameAlbum(KEY, "b", was="a"))
