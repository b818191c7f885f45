"""What goes wrong with a PhotoPrism from one day to the next: it is named, harms nothing, and the next run goes on."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from fakes import bad_days as bad
from fakes.pages.photoprism import Here, begun
from fakes.photoprism import FakePhotoPrism
from fakes.photoprism.server import PASSWORD
from fakes.served import Served, Undisturbed
from fakes.served.photoprism import NEW, OLD, PHOTOPRISM, open_gallery, writes
from fakes.served.wanted import Means, four_albums, grown

from plugins.galleries import GalleryRefused, GalleryUnreachable, PhotoGone
from plugins.publishing.wanted import Wanted

MOMENTS = range(4, 100, 1 if os.environ.get("ALBUMEN_SOAK") else 19)
"""Requests of a first run, all over it, at which something happens."""
pytestmark = pytest.mark.usefixtures("quick_disk")


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Here]:
    with begun(tmp_path, bare=True) as library:
        yield library


@pytest.fixture
def server(here: Here) -> FakePhotoPrism:
    return here.server


@pytest.fixture
def library(here: Here) -> Served:
    return here.library


def at(server: FakePhotoPrism, nth: int, act: Callable[[], object]) -> None:
    """Let something happen once, just before the n-th request from now is served."""
    begun = len(server.requests)

    def watch(_method: str, _path: str, number: int) -> None:
        if number == begun + nth:
            act()

    server.before_request = watch


@pytest.mark.parametrize("nth", MOMENTS)
def test_a_token_that_expires_in_the_middle(
    nth: int, server: FakePhotoPrism, library: Served, undisturbed: Undisturbed
) -> None:
    """It is tried no second time: the server locks out an address that goes on asking."""
    at(server, nth, lambda: server.expire(library.key))
    with pytest.raises(GalleryRefused, match="app password") as raised:
        library.run()
    assert library.key not in f"{raised.value!r}"
    refused = [seen for seen in server.requests if seen.status == 401]
    assert len(refused) <= 8  # those that were on their way at the same time
    before = server.dump()
    with pytest.raises(GalleryRefused, match="app password"):
        library.run()
    assert server.dump() == before
    library.key = server.add_token()
    bad.check_it_ends_well(library, server, undisturbed)


@pytest.mark.parametrize("nth", MOMENTS)
def test_a_session_that_expires_in_the_middle_is_opened_anew(
    nth: int, server: FakePhotoPrism, library: Served, undisturbed: Undisturbed
) -> None:
    kind = replace(PHOTOPRISM, open=partial(open_gallery, user="admin"))
    logged_in = replace(library, kind=kind, key=PASSWORD)

    def expire() -> None:
        for token, session in server.state.sessions.items():
            session.expired = session.expired or token != server.token

    at(server, nth, expire)
    logged_in.run()
    assert (server.dump(), library.memory()) == undisturbed.ends["first"]
    assert [seen.method for seen in server.requests if seen.path.endswith("/session")].count("POST") == 2


@pytest.mark.parametrize("what", ["another token", "a restart"])
def test_pictures_go_on_when_their_token_is_another(what: str, server: FakePhotoPrism, library: Served) -> None:
    with library.gallery() as gallery:
        first, second, *_ = gallery.photos()
        assert gallery.preview(first, 160).source
        if what == "another token":
            server.rotate_preview_token()
        else:
            server.restart()
        n = len(server.requests)
        assert gallery.preview(second, 160).source
        asked = [seen.path.split("/")[3] for seen in server.requests[n:]]
        assert asked.count("t") == 2
        n = len(server.requests)
        assert gallery.preview(first, 160).source
        assert len(server.requests) == n + 1


def test_a_picture_that_is_missing_is_told_from_a_token_that_does_not_hold(here: Here) -> None:
    with here.library.gallery() as gallery:
        photo = next(iter(gallery.photos()))
        here.server.change_file(photo.id, missing=True)
        with pytest.raises(PhotoGone, match="missing or broken"):
            gallery.preview(photo, 160)


@pytest.mark.parametrize("nth", MOMENTS)
def test_a_server_that_is_started_anew_in_the_middle(
    nth: int, server: FakePhotoPrism, library: Served, undisturbed: Undisturbed
) -> None:
    at(server, nth, server.restart)
    library.run()
    assert (server.dump(), library.memory()) == undisturbed.ends["first"]
    bad.check_it_ends_well(library, server, undisturbed)


def test_an_installation_below_a_path(undisturbed: Undisturbed, tmp_path: Path) -> None:
    server = FakePhotoPrism(NEW, seed=7, sub_path="/photos")
    server.add_photos(40)
    with server:
        library = PHOTOPRISM.library(server, tmp_path / "data")
        library.run()
        assert (server.dump(), library.memory()) == undisturbed.ends["first"]
        with library.gallery() as gallery:
            assert gallery.preview(next(iter(gallery.photos())), 160).source
        assert {seen.path.startswith("/photos/api/v1/") for seen in server.requests} == {True}


def test_public_mode_needs_no_key(undisturbed: Undisturbed, tmp_path: Path) -> None:
    server = FakePhotoPrism(NEW, seed=7, public=True)
    server.add_photos(40)
    with server:
        library = replace(PHOTOPRISM.library(server, tmp_path / "data"), key="")
        library.run()
        assert (server.dump(), library.memory()) == undisturbed.ends["first"]
        with library.gallery() as gallery:
            assert gallery.preview(next(iter(gallery.photos())), 160).source
        assert [seen for seen in server.requests if "authorization" in seen.headers] == []


@pytest.mark.parametrize("locked", [1, 3, 30])
@pytest.mark.parametrize("name", ["first", "grown"])
def test_a_database_that_is_locked(
    name: str, locked: int, server: FakePhotoPrism, library: Served, undisturbed: Undisturbed
) -> None:
    if name == "grown":
        library.run()
    server.locked = locked
    for _ in range(locked):
        try:
            library.run(library.kind.means(name))
            break
        except GalleryUnreachable:
            continue
    assert (server.dump(), library.memory(), server.locked) == (*undisturbed.ends[name], 0)


def test_a_server_that_is_busy_with_people_and_batches(
    server: FakePhotoPrism, library: Served, undisturbed: Undisturbed
) -> None:
    server.busy = 2
    library.run()
    assert (server.dump(), library.memory(), server.busy) == (*undisturbed.ends["first"], 0)


def test_a_batch_edit_that_is_switched_off(here: Here) -> None:
    """What it gave stays ours, and labels are set photo by photo from then on."""
    before = here.state()
    first = here.library.run()
    here.server.features["batchEdit"] = False
    n = len(here.server.requests)
    again = here.library.run()
    assert (again.plan.changes, here.writes(n)) == ((), [])
    second = here.library.run(grown)
    assert second.applied.refused == []
    assert [write for write in here.writes(n) if "batch" in write] == []
    assert here.carriers("Vienna") == [30]
    here.library.undo(second.run)
    here.library.undo(first.run)
    assert here.state() == before


@pytest.mark.parametrize("nth", MOMENTS)
def test_a_batch_edit_that_is_switched_off_in_the_middle(nth: int, here: Here) -> None:
    at(here.server, nth, lambda: here.server.features.update(batchEdit=False))
    with suppress(GalleryRefused):
        here.library.run()
    here.library.run()
    assert here.carriers("Lisbon") == list(range(10))
    assert here.library.run().plan.changes == ()


@pytest.mark.parametrize("lacking", ["photos", "albums", "labels"])
def test_a_scope_that_is_too_small(
    lacking: str, server: FakePhotoPrism, library: Served, undisturbed: Undisturbed
) -> None:
    words = {"photos", "albums", "labels", "people", "files", "config", "sessions"}
    library.key, whole = server.add_token(" ".join(sorted(words - {lacking}))), library.key
    with pytest.raises(GalleryRefused, match=f"its scope must have {lacking}"):
        library.run()
    assert writes(server) == []
    library.key = whole
    bad.check_it_ends_well(library, server, undisturbed)


def only_labels(photos: Sequence[str]) -> Wanted:
    return replace(four_albums(photos), albums=())


def test_a_scope_that_only_reads(server: FakePhotoPrism, library: Served, undisturbed: Undisturbed) -> None:
    """A plan is made all the same, to be looked at; nothing of it can be applied, however often it is tried."""
    library.key, whole, before = server.add_token("read"), library.key, server.dump()
    planned = list[None]()
    for means in (only_labels, only_labels, four_albums):
        with pytest.raises(GalleryRefused, match="without the word read"):
            library.run(means, lambda: planned.append(None))
    assert len(planned) == 3
    with library.gallery() as gallery:
        assert any("can only read" in warning for warning in gallery.warnings())
    assert server.dump() == before
    library.key = whole
    bad.check_it_ends_well(library, server, undisturbed)


def test_a_guest(server: FakePhotoPrism, library: Served, undisturbed: Undisturbed) -> None:
    guest = server.add_user("guest", role="guest")
    library.key, whole, before = server.add_token(user=guest), library.key, server.dump()
    with pytest.raises(GalleryRefused, match="admin"):
        library.run()
    assert server.dump() == before
    library.key = whole
    bad.check_it_ends_well(library, server, undisturbed)


def test_a_token_of_nobody(server: FakePhotoPrism, library: Served) -> None:
    library.key = server.add_access_token()
    with pytest.raises(GalleryRefused, match="belongs to no user"):
        library.run()
    assert writes(server) == []


def test_a_library_that_is_being_indexed(server: FakePhotoPrism, library: Served) -> None:
    """Photos come in before each search is answered: those that were there are all found, once, the others by then."""
    server.indexing = 12
    known = set(server.state.photos)
    with library.gallery() as gallery:
        found = [photo.id for photo in gallery.photos()]
        assert len(found) == len(set(found))
        assert known <= set(found)
        server.indexing = 0
        assert {photo.id for photo in gallery.photos()} == set(server.state.photos)


def test_photos_that_come_in_while_albums_are_written(
    server: FakePhotoPrism, library: Served, undisturbed: Undisturbed
) -> None:
    known = PHOTOPRISM.photos(server)
    server.indexing = 30

    def of_known(_: object) -> object:
        return four_albums(known)

    library.run(of_known)
    assert server.dump()["albums"] == undisturbed.ends["first"][0]["albums"]
    assert library.run(of_known).plan.changes == ()


@pytest.mark.parametrize(
    ("before", "after", "warned"),
    [
        pytest.param(OLD, NEW, "", id="to the batch edit"),
        pytest.param(NEW, OLD, "", id="back to before it"),
        pytest.param(NEW, "270101", "270101", id="to one that nobody knows"),
    ],
)
def test_an_upgrade_between_two_runs(before: str, after: str, warned: str, tmp_path: Path) -> None:
    with begun(tmp_path, before, bare=True) as here:
        bad.check_an_upgrade_between_two_runs(here, after, warned)


def test_a_server_that_is_set_back_to_one_that_is_too_old(
    server: FakePhotoPrism, library: Served, undisturbed: Undisturbed
) -> None:
    library.run()
    server.version, n = "240915", len(server.requests)
    with pytest.raises(GalleryRefused, match="240915 is too old"):
        library.run(grown)
    with library.gallery() as gallery:
        assert any("240915 is too old" in warning for warning in gallery.warnings())
    assert writes(server, n) == []
    server.version = NEW
    bad.check_it_ends_well(library, server, undisturbed)


@pytest.mark.parametrize("version", [OLD, NEW])
def test_odd_names_and_tags(version: str, tmp_path: Path) -> None:
    with begun(tmp_path, version, bare=True) as here:
        bad.check_odd_texts_are_written_once(here)


@pytest.mark.parametrize("blow", bad.BLOWS.values(), ids=bad.BLOWS)
@pytest.mark.parametrize("means", [four_albums, grown])
def test_photos_that_go_between_plan_and_apply(means: Means, blow: bad.Blow, here: Here) -> None:
    bad.check_photos_that_go_between_plan_and_apply(here, means, blow)


def test_two_albumens_on_one_library(server: FakePhotoPrism, library: Served, tmp_path: Path) -> None:
    bad.check_two_albumens_on_one_library(server, library, tmp_path / "other machine")


def test_two_albumens_at_the_same_time(
    server: FakePhotoPrism, library: Served, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    bad.check_two_albumens_at_the_same_time(server, library, undisturbed, tmp_path / "other machine")


def test_two_albums_with_one_marker_are_named(server: FakePhotoPrism, library: Served) -> None:
    library.run()
    ours = server.album("Lisbon")
    twin = server.add_album("Lisbon again", notes=ours.notes, created=ours.created + timedelta(seconds=1))
    second = library.run(grown)
    assert any(twin in warning and "two Albumens" in warning for warning in second.warnings)
    assert server.members(twin) == set()


def test_private_photos_are_neither_read_nor_written_until_the_settings_say_so(here: Here) -> None:
    secret = here.photos[3]
    here.server.make_private(secret)
    with here.library.gallery() as gallery:
        assert secret not in {photo.id for photo in gallery.photos()}
    kind = replace(PHOTOPRISM, open=partial(open_gallery, private=True))
    with replace(here.library, kind=kind).gallery() as gallery:
        assert secret in {photo.id for photo in gallery.photos()}
