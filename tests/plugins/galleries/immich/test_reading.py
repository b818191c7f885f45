"""What is read around the photos: tags, albums, people, faces, previews, likes; each only if the key may."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fakes.immich import FakeImmich

from plugins.changes import AddTags, AssignFace, UnassignFace
from plugins.drawn import drawn_face
from plugins.galleries import GalleryRefused, NotReady, PhotoGone
from plugins.galleries.immich import Plugin
from plugins.galleries.immich.outcomes import is_id
from plugins.galleries.server.our_people import OurPeople, OurPerson
from plugins.records import Marker, Region

NOON = datetime(2024, 8, 1, 12, tzinfo=UTC)
READING = [
    *("asset.read", "asset.view", "asset.statistics", "album.read", "tag.read", "person.read", "face.read"),
    "user.read",
]
Open = Callable[..., Plugin]


def ids(gallery: Plugin) -> list[str]:
    return [photo.id for photo in gallery.photos()]


def test_account(server: FakeImmich, open_it: Open) -> None:
    account = open_it(server).account()
    assert (account.id, account.name, account.server) == (server.user.id, "Admin", f"immich {server.version}")


def test_tags_are_those_on_the_photo_itself(server: FakeImmich, open_it: Open) -> None:
    a, b, c, d = server.add_photos(4)
    server.change_asset(d, visibility="archive")
    server.tag("Animals/Dog", a, b, d)
    server.tag("Animals", b, c)
    server.tag("animals", c)
    gallery = open_it(server)
    assert gallery.tags() == ["Animals", "Animals/Dog", "animals"]
    assert gallery.tagged("Animals") == sorted([b, c])
    assert gallery.tagged("Animals//Dog/") == sorted([a, b, d])
    assert gallery.tagged("Cat") == []
    tags = {photo.id: photo.tags for photo in gallery.photos()}
    assert tags == {a: ("Animals/Dog",), b: ("Animals", "Animals/Dog"), c: ("Animals", "animals"), d: ("Animals/Dog",)}


def test_tags_of_ours_are_not_the_users(newest: FakeImmich, open_it: Open) -> None:
    photo, other = newest.add_photos(2, created=NOON)
    newest.tag("Mine", photo)
    newest.tag("Auto/Mine too", other)
    gallery = open_it(newest)
    gallery.digested([AddTags(("Auto/Lisbon",), (photo,))])
    tags = {found.id: found.tags for found in gallery.photos()}
    assert tags == {photo: ("Mine",), other: ("Auto/Mine too",)}
    assert gallery.tagged("Auto/Lisbon") == [photo]


def test_what_we_put_on_one_photo_stays_the_users_on_others(newest: FakeImmich, open_it: Open) -> None:
    """And what the user takes off and puts on again is theirs from then on."""
    theirs, ours, both = newest.add_photos(3, created=NOON)
    newest.tag("Animals/Dog", theirs, both)
    newest.tag("Animals", both)
    gallery = open_it(newest)
    gallery.digested([AddTags(("Animals/Dog", "sea"), (ours,))])

    def read() -> dict[str, tuple[str, ...]]:
        return {photo.id: photo.tags for photo in gallery.photos()}

    users = {theirs: ("Animals/Dog",), both: ("Animals", "Animals/Dog")}
    assert read() == {**users, ours: ()}
    newest.untag("Animals/Dog", ours)
    assert read() == {**users, ours: ()}
    newest.tag("Animals/Dog", ours)
    assert read() == {**users, ours: ("Animals/Dog",)}


def test_of_two_albums_with_one_marker_the_oldest_is_ours(server: FakeImmich, open_it: Open) -> None:
    """Two Albumens on one library: reading and writing must mean the same album."""
    text = "[albumen:event key=ev-1 v=1]"
    older = server.add_album("Lisbon", description=text)
    time.sleep(0.01)  # times are in milliseconds
    newer = server.add_album("Lisbon", description=text)
    markers = {album.id: album.marker for album in open_it(server).albums()}
    assert markers == {older: Marker("event", "ev-1"), newer: None}


def test_albums(server: FakeImmich, open_it: Open) -> None:
    photos = server.add_photos(5)
    server.change_asset(photos[2], visibility="archive")
    plain = server.add_album("Mine", photos[:3], "for Ann")
    marked = server.add_album("Rome", photos[2:], "Sun\n[albumen:event key=ev-1 v=1]")
    server.add_album("Bob's", [], owner=server.add_user("Bob"))
    server.set_cover(marked, photos[3])
    gallery = open_it(server)
    albums = {album.id: album for album in gallery.albums()}
    assert set(albums) == {plain, marked}
    assert (albums[plain].description, albums[plain].marker) == ("for Ann", None)
    ours = albums[marked]
    assert (ours.title, ours.description, ours.cover, ours.marker and ours.marker.key) == (
        "Rome",
        "Sun",
        photos[3],
        "ev-1",
    )
    assert gallery.members(marked) == photos[:1:-1]  # the newest first, as the gallery shows it
    server.state.albums[marked].order = "asc"
    assert open_it(server).members(marked) == photos[2:]


def test_members_over_many_pages(server: FakeImmich, open_it: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plugins.galleries.immich.paging.PAGE", 10)
    photos = server.add_photos([{"name": f"{n}.jpg", "taken": NOON + timedelta(hours=n // 15)} for n in range(60)])
    album = server.add_album("All", photos)
    assert sorted(open_it(server).members(album)) == sorted(photos)


def test_people(server: FakeImmich, open_it: Open) -> None:
    photos = server.add_photos(4)
    ann, nobody = server.add_person("Ann", hidden=True), server.add_person()
    for photo in photos:
        server.add_face(photo, (0, 0, 64, 48), ann)
        server.add_face(photo, (64, 0, 128, 48), nobody)
    found = {person.id: (person.name, person.hidden) for person in open_it(server).people()}
    assert found == {ann: ("Ann", True), nobody: ("", False)}


def test_who_is_among_the_people_is_not_gone(server: FakeImmich, open_it: Open, tmp_path: Path) -> None:
    """Immich lists no unnamed people with few faces, nor those whose photos are archived."""
    photos = server.add_photos(6)
    small, archived, ours, waiting, deleted = (server.add_person() for _ in range(5))
    server.add_face(photos[0], (0, 0, 64, 48), small)
    server.add_face(photos[1], (0, 0, 64, 48), archived)
    server.change_asset(photos[1], visibility="archive")
    server.change_asset(photos[2], visibility="hidden")
    server.delete_person(deleted)
    server.delete_person(waiting)
    gallery = open_it(server)
    known = {
        "p-1": OurPerson(ours, had_face=True),
        "p-2": OurPerson(waiting, "Ben"),
        "p-3": OurPerson(deleted, "", True),
    }
    OurPeople(tmp_path / "known" / "people.json", is_id).save(known)
    ids(gallery)
    found = {person.id: person.name for person in gallery.people()}
    assert found == {small: "", archived: "", ours: "", waiting: "Ben"}


def test_a_name_that_a_killed_run_left_is_nobodys(newest: FakeImmich, open_it: Open) -> None:
    photos = newest.add_photos(4)
    left = newest.add_person("albumen makes p-1")
    for photo in photos:
        newest.add_face(photo, (0, 0, 64, 48), left)
    gallery = open_it(newest)
    found = list(gallery.photos())
    assert [(region.name, region.person) for region in gallery.regions(found[0])] == [("", left)]
    assert [(person.id, person.name) for person in gallery.people()] == [(left, "")]


def test_regions_are_asked_for_once(server: FakeImmich, open_it: Open) -> None:
    photos = server.add_photos(5)
    ann, bob, hidden = server.add_person("Ann"), server.add_person("Bob"), server.add_person("Eve", hidden=True)
    server.add_face(photos[0], (160, 120, 320, 240), ann)
    server.add_face(photos[0], (320, 120, 480, 240), hidden)
    moved = server.add_face(photos[1], (0, 0, 320, 240), ann)

    def names() -> list[list[tuple[str, object]]]:
        gallery = open_it(server)
        return [[(r.name, r.box) for r in gallery.regions(photo)] for photo in gallery.photos()]

    def asked() -> int:
        return sum(seen.path.endswith("/faces") for seen in server.requests)

    first = names()
    assert sorted(first[0], key=str) == [("", (0.5, 0.25, 0.75, 0.5)), ("Ann", (0.25, 0.25, 0.5, 0.5))]
    assert first[1:] == [[("Ann", (0.0, 0.0, 0.5, 0.5))], [], [], []]
    assert asked() == (0 if server.version < "3" else 2)
    assert names() == first
    assert asked() <= 2  # nothing has changed, so nothing was asked
    server.name_person(ann, "Anna")
    server.move_face(moved, bob)
    assert names()[1] == [("Bob", (0.0, 0.0, 0.5, 0.5))]
    assert {name for name, _ in names()[0]} == {"", "Anna"}
    assert asked() <= 3  # one photo has somebody else on it


@pytest.mark.parametrize("version", ["2.7.5", "3.1.0"])
def test_faces_of_nobody_are_asked_for_once_a_photo(version: str, open_it: Open) -> None:
    with FakeImmich(version=version) as server:
        photos = server.add_photos(8)
        ann = server.add_person("Ann")
        server.add_face(photos[0], (0, 0, 320, 240), ann)
        loose = {photo: server.add_face(photo, (320, 0, 480, 240)) for photo in photos[:3]}

        def looked() -> tuple[dict[str, list[str]], int]:
            """Return whose faces are in each of the first five photos, and how many requests that took."""
            gallery, begun = open_it(server), len(server.requests)
            found = list(gallery.photos())
            there = gallery.all_regions(photo for photo in found if photo.id in photos[:5])
            people = {photo.id: [region.person for region in regions] for photo, regions in there}
            return people, sum(seen.path.endswith("/faces") for seen in server.requests[begun:])

        people, asked = looked()
        assert people == dict(zip(photos[:5], [[ann, ""], [""], [""], [], []], strict=True))
        assert asked == 5
        assert looked() == (people, 0)
        server.move_face(loose[photos[1]], ann)  # by hand, or by Immich's nightly job
        server.change_asset(photos[2], thumbhash="YW5vdGhlciBwaWN0dXJl")
        assert looked() == (people | {photos[1]: [ann]}, 2)
        for photo in photos:
            server.change_asset(photo, created=server.state.assets[photo].created - timedelta(days=2))
        assert looked()[1] == 5  # a day later once more: Immich finds some faces late
        assert looked()[1] == 0


def test_our_own_changes_need_no_new_look(newest: FakeImmich, open_it: Open) -> None:
    photos = newest.add_photos(4)
    ann = newest.add_person("Ann")
    face, other = (newest.add_face(photo, (0, 0, 320, 240)) for photo in photos[:2])
    gallery = open_it(newest)
    list(gallery.all_regions(gallery.photos()))
    drawn = drawn_face(photos[3], (0.1, 0.1, 0.5, 0.5))
    for change in (
        AssignFace(f"{photos[0]}#{face}", ann),
        AssignFace(f"{photos[1]}#{other}", ann),
        UnassignFace(f"{photos[1]}#{other}", ann),
        AssignFace(drawn, ann),
    ):
        assert gallery.apply(change).status == "done"
    begun = len(newest.requests)
    again = open_it(newest)
    people = {photo.id: [r.person for r in regions] for photo, regions in again.all_regions(list(again.photos()))}
    assert people == dict(zip(photos, [[ann], [""], [], [ann]], strict=True))
    assert not [seen for seen in newest.requests[begun:] if seen.path.endswith("/faces")]


def test_a_face_that_is_not_there_any_more_has_its_photo_looked_at_again(newest: FakeImmich, open_it: Open) -> None:
    """Its photo looks the same from outside: nobody was on it, and nobody is."""
    [photo] = newest.add_photos(1)
    [face] = newest.detect(photo, {(0, 0, 320, 240): "Ann"})
    gallery = open_it(newest)
    list(gallery.all_regions(gallery.photos()))
    newest.reset_detection()
    ann = newest.add_person("Ann")
    assert gallery.apply(AssignFace(f"{photo}#{face}", ann)).status == "gone"
    again = open_it(newest)
    [(_, [region])] = again.all_regions(again.photos())
    assert region.id == f"{photo}#{next(iter(newest.state.faces))}"


def test_a_thousand_photos_with_faces_cost_a_request_each_and_then_none(newest: FakeImmich, open_it: Open) -> None:
    photos = newest.add_photos(1_000, created=NOON)
    for photo in photos:
        newest.detect(photo, {(0, 0, 320, 240): "Ann"})
    for expected in (1_000, 0):
        gallery, begun = open_it(newest), len(newest.requests)
        assert sum(len(regions) for _, regions in gallery.all_regions(list(gallery.photos()))) == 1_000
        assert sum(seen.path.endswith("/faces") for seen in newest.requests[begun:]) == expected
        assert len(newest.requests) - begun <= expected + 15


def test_without_face_read_only_names_are_known(newest: FakeImmich, open_it: Open) -> None:
    [photo] = newest.add_photos(1)
    ann = newest.add_person("Ann")
    newest.add_face(photo, (0, 0, 64, 48), ann)
    gallery = open_it(newest, newest.add_key([p for p in READING if p != "face.read"]))
    [found] = gallery.photos()
    assert gallery.regions(found) == [Region(photo, None, "Ann", person=ann)]


def test_previews(newest: FakeImmich, open_it: Open) -> None:
    ready, early, gone, edited = newest.add_photos(4, width=3000, height=2000)
    newest.change_asset(early, thumbhash=None)
    newest.change_asset(edited, edited=True)
    gallery = open_it(newest)
    found = {photo.id: photo for photo in gallery.photos()}
    newest.delete_asset(gone)
    preview = gallery.preview(found[ready], 1440)
    assert isinstance(preview.source, bytes)
    assert preview.source[:2] == b"\xff\xd8"
    assert gallery.preview(found[ready], 1440) == preview
    assert [seen.status for seen in newest.requests if ready in seen.path] == [200, 304]
    gallery.preview(found[edited], 1440)
    assert [seen.query for seen in newest.requests if edited in seen.path] == [{"size": "preview", "edited": "true"}]
    with pytest.raises(NotReady, match="later run"):
        gallery.preview(found[early], 1440)
    with pytest.raises(PhotoGone):
        gallery.preview(found[gone], 1440)


def test_signals(server: FakeImmich, open_it: Open) -> None:
    photos = server.add_photos(9)
    server.favourite(photos[0])
    server.rate(photos[1], 4)
    chosen = server.add_album("Chosen", photos[:5])
    server.set_cover(chosen, photos[2])
    server.add_album("By itself", photos[:5])
    server.set_cover(server.add_album("Ours", photos[:5], "[albumen:event key=a v=1]"), photos[2])
    server.share_link(photos[5])
    server.save_memory(photos[6])
    shared = server.add_album("Shared", photos[:3])
    server.share_album(shared, server.add_user("Bob"))
    server.like(shared, photos[1])
    gallery = open_it(server)
    ids(gallery)
    found = gallery.signals()
    assert (found.favourites, found.ratings) == ({photos[0]}, ((photos[1], 4),))
    assert found.covers == ((chosen, photos[2]),)
    assert (found.shared, found.kept, found.liked) == ({photos[5]}, {photos[6]}, {photos[1]})
    modest = open_it(server, server.add_key(READING)).signals()
    assert (modest.favourites, modest.refused) == (found.favourites, ("shared links", "likes", "memories"))


def test_a_reading_key_is_enough_to_read(server: FakeImmich, open_it: Open) -> None:
    photos = server.add_photos(3)
    server.tag("Dog", photos[0])
    gallery = open_it(server, server.add_key(READING))
    assert gallery.account().id == server.user.id
    assert set(ids(gallery)) == set(photos)
    assert (gallery.tagged("Dog"), gallery.albums(), gallery.people()) == ([photos[0]], [], [])
    assert len(gallery.warnings()) == (server.version == "3.9.0")


def test_a_missing_permission_is_named(newest: FakeImmich, open_it: Open) -> None:
    newest.add_photos(1)
    gallery = open_it(newest, newest.add_key([p for p in READING if p != "asset.statistics"]))
    with pytest.raises(GalleryRefused, match=r"asset\.statistics"):
        ids(gallery)


def test_the_key_of_another_user_is_noticed(newest: FakeImmich, open_it: Open) -> None:
    newest.add_photos(2)
    ids(open_it(newest))
    other = newest.add_key(READING, newest.add_user("Bob"))
    with pytest.raises(GalleryRefused, match="another user's"):
        ids(open_it(newest, other))
    assert ids(open_it(newest, other, "of Bob")) == []


@pytest.mark.parametrize("version", ["1.144.1", "2.5.2"])
def test_an_old_server_is_refused_by_name(version: str, open_it: Open) -> None:
    with FakeImmich(version=version) as old, pytest.raises(GalleryRefused, match=f"{version} is too old"):
        open_it(old).account()


def test_an_upgrade_between_two_runs(tmp_path: Path, open_it: Open) -> None:
    with FakeImmich(version="2.7.5") as server:
        photos = server.add_photos(3)
        server.add_face(photos[0], (0, 0, 64, 48), server.add_person("Ann"))
        before = [(p, open_it(server).regions(p)) for p in open_it(server).photos()]
        server.version = "3.1.0"
        assert [(p, open_it(server).regions(p)) for p in open_it(server).photos()] == before
        server.version = "4.0.0"
        gallery = open_it(server)
        assert set(ids(gallery)) == set(photos)
        assert not gallery.capabilities.people
        assert "newer" in gallery.warnings()[0]


@pytest.mark.parametrize("version", ["2.7.5", "3.1.0"])
def test_every_request_is_one_that_the_server_describes(version: str, open_it: Open, shared: Path) -> None:
    with FakeImmich(version=version) as server:
        server.validate_with(shared.parent / "contracts" / f"immich-{version}-openapi.json")
        photos = server.add_photos(12, visibility="archive")
        server.add_face(photos[0], (0, 0, 64, 48), server.add_person("Ann"))
        server.tag("Dog/Rex", *photos[:2])
        server.tag("Dog", *photos[:3])
        server.change_asset(server.add_asset("fresh.jpg", NOON), exif=None)
        album = server.add_album("Mine", photos)
        gallery = open_it(server)
        found = list(gallery.photos())
        list(gallery.photos(NOON))
        for ask in (gallery.account, gallery.warnings, gallery.people, gallery.signals, gallery.albums):
            ask()
        assert [region for photo in found for region in gallery.regions(photo)]
        assert gallery.tagged("Dog")
        assert gallery.members(album) == open_it(server).members(album)
        assert gallery.preview(found[0], 1440).source
        assert server.violations == []
