"""What is not a photo: who asks, what may be written, whose labels are whose, albums and people."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import pytest
from fakes.photoprism.server import PASSWORD, FakePhotoPrism

from plugins.changes import AddTags
from plugins.galleries import GalleryRefused, PhotoGone
from plugins.galleries.photoprism import Plugin
from plugins.galleries.photoprism.marker import notes_of
from plugins.records import Marker, Person

Open = Callable[..., Plugin]
FACE = (0.1, 0.1, 0.2, 0.2)


# --- who asks --------------------------------------------------------------------------------------------------------


def test_whose_library_it_is(server: FakePhotoPrism, open_it: Open) -> None:
    account = open_it(server).account()
    assert (account.name, account.server) == ("admin", f"photoprism {server.version}")


def test_two_users_of_one_server_are_one_library(newest: FakePhotoPrism, open_it: Open) -> None:
    ben = newest.add_token(user=newest.add_user("ben"))
    first, second = open_it(newest).account(), open_it(newest, ben, folder="ben").account()
    assert (first.id, first.name, second.name) == (second.id, "admin", "ben")


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        pytest.param({}, "admin", id="an app password"),
        pytest.param({"user": "admin", "api_key": PASSWORD}, "admin", id="a user's password"),
    ],
)
def test_ways_to_log_in(newest: FakePhotoPrism, open_it: Open, settings: dict[str, str], name: str) -> None:
    photos = newest.add_photos(2)
    gallery = open_it(newest, settings.pop("api_key", None), **settings)
    assert gallery.account().name == name
    assert {photo.id for photo in gallery.photos()} == set(photos)


def test_public_mode(open_it: Open) -> None:
    with FakePhotoPrism(public=True) as server:
        photos = server.add_photos(2)
        gallery = open_it(server, "")
        assert gallery.account().name == "everybody"
        assert {photo.id for photo in gallery.photos()} == set(photos)
        assert gallery.capabilities.albums


@pytest.mark.parametrize("key", ["", "abcdef-abcdef-abcdef-abcdef"])
def test_a_key_that_nobody_knows(newest: FakePhotoPrism, open_it: Open, key: str) -> None:
    with pytest.raises(GalleryRefused) as refused:
        open_it(newest, key).account()
    assert not key or key not in str(refused.value)


def test_an_access_token_of_no_user_is_refused_with_the_mend(newest: FakePhotoPrism, open_it: Open) -> None:
    gallery = open_it(newest, newest.add_access_token())
    for ask in (gallery.account, lambda: list(gallery.photos()), lambda: gallery.capabilities):
        with pytest.raises(GalleryRefused, match=r"belongs to no user.*app password"):
            ask()


def test_a_library_below_a_path(open_it: Open) -> None:
    with FakePhotoPrism(sub_path="/photos") as server:
        photos = server.add_photos(2)
        gallery = open_it(server)
        found = list(gallery.photos())
        assert {photo.id for photo in found} == set(photos)
        assert gallery.preview(found[0], 720).content_key == found[0].content_key


# --- what may be written ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scope", "albums", "labels", "people"),
    [
        pytest.param("*", True, True, True, id="everything"),
        pytest.param("photos albums labels people files config sessions", True, True, True, id="what is needed"),
        pytest.param("photos albums labels people config sessions", True, True, False, id="no files, no faces"),
        pytest.param("photos albums labels files config sessions", True, True, False, id="no people, no faces"),
        pytest.param("photos labels people files config sessions", False, True, True, id="no albums"),
        pytest.param("photos albums labels people files config", True, True, True, id="may not say whose it is"),
    ],
)
def test_what_a_scope_lets_us_write(
    newest: FakePhotoPrism, open_it: Open, scope: str, albums: bool, labels: bool, people: bool
) -> None:
    newest.add_photos(1)
    gallery = open_it(newest, newest.add_token(scope))
    can = gallery.capabilities
    assert (can.albums, can.covers, can.tags) == (albums, albums, labels)
    assert can.people == people
    assert bool(gallery.warnings()) == (not (albums and labels and people))


def test_a_key_that_only_reads_plans_everything_and_writes_nothing(newest: FakePhotoPrism, open_it: Open) -> None:
    photos = newest.add_photos(1)
    gallery = open_it(newest, newest.add_token("read"))
    can = gallery.capabilities
    assert (can.albums, can.covers, can.tags, can.people) == (True, True, True, True)
    assert ["can only read" in text for text in gallery.warnings()] == [True]
    with pytest.raises(GalleryRefused, match="without the word read"):
        gallery.apply(AddTags(("Beach",), tuple(photos)))


@pytest.mark.parametrize(
    ("feature", "lacks"), [("albums", "albums"), ("labels", "labels"), ("people", "people"), ("places", "")]
)
def test_what_is_switched_off_is_not_written_and_told(
    newest: FakePhotoPrism, open_it: Open, feature: str, lacks: str
) -> None:
    newest.features[feature] = False
    gallery = open_it(newest)
    can = gallery.capabilities
    assert [name for name, on in (("albums", can.albums), ("labels", can.tags), ("people", can.people)) if not on] == (
        [lacks] if lacks else []
    )
    assert [lacks in warning for warning in gallery.warnings()] == ([True] if lacks else [])


@pytest.mark.parametrize(
    ("version", "writes", "says"),
    [
        pytest.param("240915", False, "too old", id="too old"),
        pytest.param("250425", True, "", id="the oldest"),
        pytest.param("260919", True, "", id="the newest known"),
        pytest.param("270101", True, "newer", id="unknown"),
    ],
)
def test_versions(open_it: Open, version: str, writes: bool, says: str) -> None:
    with FakePhotoPrism(version=version) as server:
        server.add_photos(1)
        gallery = open_it(server)
        can = gallery.capabilities
        assert {can.albums, can.covers, can.tags, can.people} == {True}  # an old one shows what it would get
        (photo,) = gallery.photos()
        with nullcontext() if writes else pytest.raises(GalleryRefused, match=says):
            assert gallery.apply(AddTags(("Beach",), (photo.id,))).status == "done"
        assert [says in warning for warning in gallery.warnings()] == ([True] if says else [])


# --- albums ----------------------------------------------------------------------------------------------------------


def test_albums_are_those_that_somebody_made(newest: FakePhotoPrism, open_it: Open) -> None:
    photos = newest.add_photos(4)
    plain = newest.add_album("Rome", photos[:2], description="Two days")
    newest.add_album("May 2024", photos, type="month")
    ours = newest.add_album("Lisbon", photos[2:], notes=notes_of(Marker("trip", "t-1")))
    found = {album.id: album for album in open_it(newest).albums()}
    assert found.keys() == {plain, ours}
    assert (found[plain].title, found[plain].description, found[plain].marker) == ("Rome", "Two days", None)
    assert found[ours].marker == Marker("trip", "t-1")


def test_of_two_albums_with_one_marker_the_older_is_ours(newest: FakePhotoPrism, open_it: Open) -> None:
    notes = notes_of(Marker("event", "e-1"))
    now = datetime.now(UTC)
    younger = newest.add_album("B", notes=notes, created=now)
    older = newest.add_album("A", notes=notes, created=now - timedelta(days=1))
    assert {album.id: album.marker for album in open_it(newest).albums()} == {
        older: Marker("event", "e-1"),
        younger: None,
    }


@pytest.mark.parametrize(("chosen_by", "is_shown"), [("", False), ("manual", True), ("vision", True), ("batch", True)])
def test_a_cover_is_what_somebody_chose(newest: FakePhotoPrism, open_it: Open, chosen_by: str, is_shown: bool) -> None:
    photos = newest.add_photos(3)
    album = newest.add_album("Rome", photos)
    newest.set_cover(album, photos[1])
    newest.change_album(album, thumb_src=chosen_by)
    gallery = open_it(newest)
    list(gallery.photos())
    assert [found.cover for found in gallery.albums()] == [photos[1] if is_shown else None]


def test_covers_of_files_that_no_sweep_has_seen(newest: FakePhotoPrism, open_it: Open) -> None:
    """A second picture of a stack is asked for; one that is no photo's any more is named by its hash."""
    photos = newest.add_photos(2)
    second = newest.state.files[newest.add_file(photos[0], "2024/second.jpg")].hash
    gone = "f" * 40
    for title, thumb in (("Rome", second), ("Lisbon", gone)):
        newest.add_album(title, photos, thumb=thumb, thumb_src="manual")
    gallery = open_it(newest)
    list(gallery.photos())
    n = len(newest.requests)
    assert {album.title: album.cover for album in gallery.albums()} == {"Rome": photos[0], "Lisbon": gone}
    assert len(newest.requests) - n == 2


@pytest.mark.parametrize(
    ("order", "expected"),
    [("oldest", [0, 1, 2]), ("newest", [2, 1, 0]), ("added", [1, 0, 2]), ("random", [0, 1, 2]), ("", [0, 1, 2])],
)
def test_members_stand_as_the_album_shows_them(
    newest: FakePhotoPrism, open_it: Open, order: str, expected: list[int]
) -> None:
    start = datetime(2024, 5, 1, tzinfo=UTC)
    taken = {n: newest.add_photo(f"{n}.jpg", start + timedelta(days=n)) for n in (2, 0, 1)}
    album = newest.add_album("Rome", taken.values(), order=order)
    gallery = open_it(newest)
    assert gallery.members(album) == [taken[n] for n in expected]
    gallery.albums()
    n = len(newest.requests)
    assert gallery.members(album) == [taken[n] for n in expected]
    assert len(newest.requests) - n == 1


def test_members_of_an_album_that_is_gone(newest: FakePhotoPrism, open_it: Open) -> None:
    album = newest.add_album("Rome", newest.add_photos(2))
    newest.delete_album(album)
    with pytest.raises(PhotoGone):
        open_it(newest).members(album)


def test_archived_photos_stay_in_albums_of_ours(newest: FakePhotoPrism, open_it: Open) -> None:
    photos = newest.add_photos(4)
    ours = newest.add_album("Lisbon", photos, notes=notes_of(Marker("trip", "t-1")))
    users = newest.add_album("Rome", photos)
    gallery = open_it(newest)
    assert sorted(gallery.members(ours)) == sorted(photos)
    newest.archive(photos[1])
    newest.take_out(ours, photos[2])
    list(gallery.photos())
    assert sorted(gallery.members(ours)) == sorted([photos[0], photos[1], photos[3]])
    assert gallery.dropped(ours) == frozenset()
    assert photos[1] not in gallery.members(users)
    newest.restore(photos[1])
    list(gallery.photos())
    assert sorted(gallery.members(ours)) == sorted([photos[0], photos[3]])
    assert gallery.dropped(ours) == {photos[1]}


# --- people ----------------------------------------------------------------------------------------------------------


def test_people_and_whose_photos_show_them(newest: FakePhotoPrism, open_it: Open) -> None:
    photos = newest.add_photos(4)
    ana, ben, old = (newest.add_person(name) for name in ("Ana", "Ben", "Old"))
    newest.hide(old)
    for photo, person in ((photos[0], ana), (photos[1], ana), (photos[1], ben), (photos[2], old)):
        newest.add_face(photo, (0.1 if person == ana else 0.6, 0.1, 0.2, 0.2), person)
    gallery = open_it(newest)
    found = {photo.id: photo for photo in gallery.photos()}
    assert set(gallery.people()) == {Person(ana, "Ana"), Person(ben, "Ben"), Person(old, "Old", hidden=True)}
    named = {photo: sorted(region.name for region in gallery.regions(found[photo])) for photo in photos}
    assert named == {photos[0]: ["Ana"], photos[1]: ["Ana", "Ben"], photos[2]: [""], photos[3]: []}


def test_people_that_may_not_be_read_stop_nothing(newest: FakePhotoPrism, open_it: Open) -> None:
    photos = newest.add_photos(2)
    newest.add_face(photos[0], FACE, newest.add_person("Ana"))
    gallery = open_it(newest, newest.add_token("photos albums labels config sessions"))
    assert {photo.id for photo in gallery.photos()} == set(photos)
    assert gallery.people() == []
    assert not gallery.capabilities.people


def test_no_key_in_what_is_shown(newest: FakePhotoPrism, open_it: Open) -> None:
    gallery = open_it(newest)
    assert newest.token not in repr(gallery)
    assert (dict(gallery.posters()), dict(gallery.tag_regions())) == ({}, {})
