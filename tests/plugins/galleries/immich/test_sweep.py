"""The photos of a library: what is one and what is not, what must not be missed, and what it costs."""

from __future__ import annotations

import math
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fakes.immich import FakeImmich

from plugins.galleries import GalleryError, GalleryRefused, GalleryUnreachable
from plugins.galleries.immich import Plugin, sweeping

LONG_AGO = datetime(2024, 6, 1, tzinfo=UTC)
NOON = datetime(2024, 8, 1, 12, tzinfo=UTC)
Open = Callable[..., Plugin]


def ids(gallery: Plugin) -> list[str]:
    return [photo.id for photo in gallery.photos()]


def test_what_is_no_photo_of_ours(server: FakeImmich, open_it: Open) -> None:
    mine = server.add_photos(3)
    archived = server.add_photos(1, visibility="archive")
    server.add_photos(1, visibility="hidden")
    server.add_photos(1, visibility="locked")
    server.add_photos(1, trashed=NOON)
    server.add_photos(1, offline=True)
    server.add_photos(1, type="AUDIO")
    partner = server.add_user("Bob")
    server.user.partners.add(partner.id)
    server.add_photos(2, owner=partner)
    found = {photo.id: photo.hidden for photo in open_it(server).photos()}
    assert found == dict.fromkeys(mine, False) | dict.fromkeys(archived, True)


def test_photos_behind_the_first_of_a_stack_are_hidden(server: FakeImmich, open_it: Open) -> None:
    first, second, third = server.add_photos(3)
    server.stack([second, third])
    assert {photo.id: photo.hidden for photo in open_it(server).photos()} == {first: False, second: False, third: True}


def test_a_burst_at_the_edge_of_a_page_is_whole(
    server: FakeImmich, open_it: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plugins.galleries.immich.paging.PAGE", 10)
    server.add_photos(7)
    server.add_photos([{"name": f"b{n}.jpg", "taken": NOON} for n in range(8)])
    server.add_photos([{"name": f"c{n}.jpg", "taken": NOON + timedelta(days=1)} for n in range(31)])
    server.add_photos([{"name": f"d{n}.jpg", "taken": NOON + timedelta(days=2, seconds=n)} for n in range(9)])
    gallery = open_it(server)
    found = ids(gallery)
    assert len(found) == 55
    assert set(found) == set(server.state.assets)
    assert not gallery.problems


@pytest.mark.parametrize("act", ["trash", "delete", "upload an old one"])
def test_nothing_is_missed_while_photos_come_and_go(
    server: FakeImmich, open_it: Open, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    monkeypatch.setattr("plugins.galleries.immich.paging.PAGE", 10)
    photos = server.add_photos(45)
    pages = Counter[str]()

    def meanwhile(_: str, path: str, __: int) -> None:
        pages[path] += 1
        if path.endswith("/search/metadata") and pages[path] == 2:
            if act == "trash":
                server.trash_asset(*photos[:5])
            elif act == "delete":
                server.delete_asset(*photos[:5])
            else:
                server.add_photos([{"name": f"old{n}.jpg", "taken": NOON - timedelta(days=900)} for n in range(5)])

    server.before_request = meanwhile
    found = ids(open_it(server))
    assert set(photos[5:]) <= set(found)
    assert len(found) == len(set(found))


def test_photos_without_metadata_wait_for_a_later_run(server: FakeImmich, open_it: Open) -> None:
    ready = server.add_photos(4)
    fresh = server.add_asset("fresh.jpg", NOON)
    server.change_asset(fresh, exif=None)
    gallery = open_it(server)
    assert set(ids(gallery)) == set(ready)
    assert [(p.path, p.reason) for p in gallery.problems] == [("fresh.jpg", sweeping.UNREAD)]
    before = len(server.requests)
    assert set(ids(open_it(server))) == set(ready)
    assert len(server.requests) - before <= 8  # known from the run before: no second look
    server.change_asset(fresh, exif={"timeZone": None})
    assert set(ids(gallery)) == {*ready, fresh}
    assert not gallery.problems


def test_changed_since(newest: FakeImmich, open_it: Open) -> None:
    old = newest.add_photos(3)
    gallery = open_it(newest)
    assert set(ids(gallery)) == set(old)
    since = newest.state.now() + timedelta(seconds=1)
    for photo in old:
        newest.state.assets[photo].updated = since - timedelta(hours=1)
    new = newest.add_asset("new.jpg", NOON)
    newest.state.assets[new].updated = since
    newest.state.revision += 1
    assert [photo.id for photo in gallery.photos(since)] == [new]
    assert len(ids(gallery)) == 4


def test_what_has_changed_is_asked_for_alone(newest: FakeImmich, open_it: Open) -> None:
    old = newest.add_photos(300, created=LONG_AGO, updated=LONG_AGO)
    for n in range(20):
        newest.tag(f"word {n}", *old[n::20])
    for photo in old:
        newest.state.assets[photo].updated = LONG_AGO
    since = newest.state.now()
    new = newest.add_asset("new.jpg", NOON, created=since, updated=since)
    newest.tag("Beach/Sunset", new)
    gallery, before = open_it(newest), len(newest.requests)
    assert [(photo.id, photo.tags) for photo in gallery.photos(since)] == [(new, ("Beach/Sunset",))]
    assert len(newest.requests) - before <= 8  # not one for each of the 22 tags
    everything = {photo.id: photo.tags for photo in gallery.photos()}
    with_much = {photo.id: photo.tags for photo in gallery.photos(LONG_AGO)}  # more than are asked for one by one
    assert with_much == everything
    before = len(newest.requests)
    assert list(gallery.photos(newest.state.now() + timedelta(hours=1))) == []
    assert len(newest.requests) - before <= 2  # so many of each visibility: nothing more is asked


def test_newer_is_one_request(newest: FakeImmich, open_it: Open) -> None:
    newest.add_photos(3, created=LONG_AGO, updated=LONG_AGO)
    gallery, since = open_it(newest), LONG_AGO + timedelta(seconds=1)
    assert not gallery.newer(since)
    assert gallery.newer(LONG_AGO)
    before = len(newest.requests)
    assert not gallery.newer(since)
    assert len(newest.requests) - before == 1
    fresh = newest.add_asset("fresh.jpg", NOON)
    newest.change_asset(fresh, exif=None)  # what Immich has not read yet is new all the same
    assert gallery.newer(since)


@pytest.mark.parametrize("what", ["revoked", "maintenance"])
def test_a_sweep_that_breaks_off_says_so(
    newest: FakeImmich, open_it: Open, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setattr("plugins.galleries.immich.paging.PAGE", 10)
    newest.add_photos(30)

    def meanwhile(_: str, path: str, number: int) -> None:
        if number == 8 and what == "revoked":
            newest.revoke(newest.key)
        elif number == 8:
            newest.maintenance = True

    newest.before_request = meanwhile
    error: type[GalleryError] = GalleryRefused if what == "revoked" else GalleryUnreachable
    with pytest.raises(error):
        ids(open_it(newest))


def test_a_broken_file_of_notes_is_made_anew(newest: FakeImmich, open_it: Open, tmp_path: Path) -> None:
    photos = newest.add_photos(2)
    (tmp_path / "known").mkdir()
    (tmp_path / "known" / "known.db").write_bytes(b"no database at all" * 100)
    assert set(ids(open_it(newest))) == set(photos)


def test_an_unsteady_server_gives_the_same_photos(server: FakeImmich, open_it: Open) -> None:
    photos = server.add_photos(40)
    server.tag("Dog", *photos[:3])
    server.faults(5, 0.3, in_a_row=3, hold_s=0.0)
    gallery = open_it(server)
    assert {p.id: p.tags for p in gallery.photos()} == dict.fromkeys(photos, ()) | dict.fromkeys(photos[:3], ("Dog",))
    assert all(gallery.preview(photo, 1440).source for photo in list(gallery.photos())[:5])


@pytest.mark.parametrize("version", ["2.7.5", "3.1.0"])
def test_an_unchanged_library_costs_few_requests(version: str, open_it: Open) -> None:
    """At most ceil(n / 1000) a visibility, one a tag, ceil(members / 1000) an album, and 15."""
    with FakeImmich(version=version) as server:
        photos = server.add_photos(2_300)
        server.add_photos(20, visibility="archive")
        for n in range(5):
            server.tag(f"Tag {n}", *photos[n : n + 50])
        albums = [server.add_album(f"Album {n}", photos[: 700 * (n + 1)]) for n in range(3)]
        for photo in photos[:30]:
            server.add_face(photo, (0, 0, 64, 48), server.add_person("Ann"))

        def run() -> int:
            before = len(server.requests)
            with open_it(server) as first, open_it(server) as second:
                found = list(first.photos())
                assert first.account()
                assert [second.regions(photo) for photo in found]
                assert second.albums()
                assert [second.members(album) for album in albums]
            return len(server.requests) - before

        run()
        archive = 0 if version == "3.1.0" else 5 + 3  # before 3.0 one search sees either the timeline or the archive
        assert run() <= math.ceil(2_300 / 1000) + 1 + 5 + (1 + 2 + 3) + 15 + archive


@pytest.mark.soak
def test_a_large_library_takes_little_time_and_memory(newest: FakeImmich, open_it: Open) -> None:
    newest.add_photos(100_000)
    gallery = open_it(newest)
    tracemalloc.start()
    began = time.thread_time()
    assert sum(1 for _ in gallery.photos()) == 100_000
    assert time.thread_time() - began < 60  # the server runs in other threads
    assert tracemalloc.get_traced_memory()[1] < 500_000_000
