"""What goes wrong with a server from one day to the next: it is named, harms nothing, and the next run goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import bad_days as bad
from fakes.immich import FakeImmich
from fakes.immich.server import PERMISSIONS
from fakes.pages.immich import Here, begun
from fakes.served import Served, Undisturbed
from fakes.served.immich import writes
from fakes.served.wanted import Means, four_albums, grown

from plugins.galleries import GalleryRefused, GalleryUnreachable

pytestmark = pytest.mark.usefixtures("quick_disk")


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Here]:
    with begun(tmp_path, bare=True) as library:
        yield library


@pytest.fixture
def server(here: Here) -> FakeImmich:
    return here.server


@pytest.fixture
def library(here: Here) -> Served:
    return here.library


@pytest.mark.parametrize("nth", range(4, 44, 4))
def test_a_key_that_is_revoked_in_the_middle(
    nth: int, server: FakeImmich, library: Served, undisturbed: Undisturbed
) -> None:
    def revoke(_method: str, _path: str, number: int) -> None:
        if number == nth:
            server.revoke(library.key)

    server.before_request = revoke
    with pytest.raises(GalleryRefused, match="does not know the key") as told:
        library.run()
    assert library.key not in f"{told.value!r}"
    before = server.dump()
    with pytest.raises(GalleryRefused, match="does not know the key"):
        library.run()
    assert server.dump() == before
    server.before_request = None
    library.key = server.add_key(PERMISSIONS)
    bad.check_it_ends_well(library, server, undisturbed)


@pytest.mark.parametrize("nth", range(4, 44, 4))
def test_maintenance_that_begins_in_the_middle(
    nth: int, server: FakeImmich, library: Served, undisturbed: Undisturbed
) -> None:
    def begin(_method: str, _path: str, number: int) -> None:
        server.maintenance = number >= nth

    server.before_request = begin
    for _ in range(2):
        with pytest.raises(GalleryUnreachable, match="maintenance"):
            library.run()
    server.before_request, server.maintenance = None, False
    bad.check_it_ends_well(library, server, undisturbed)


@pytest.mark.parametrize("lacking", ["album.create", "album.update", "tag.create", "tag.asset"])
def test_a_key_that_lacks_a_permission(
    lacking: str, server: FakeImmich, library: Served, undisturbed: Undisturbed
) -> None:
    library.key, whole = server.add_key(p for p in PERMISSIONS if p != lacking), library.key
    with pytest.raises(GalleryRefused, match=f"lacks the permission {lacking}: add it in Immich"):
        library.run()
    library.key = whole
    bad.check_it_ends_well(library, server, undisturbed)


def test_another_users_key(server: FakeImmich, library: Served, undisturbed: Undisturbed) -> None:
    own = library.key
    library.run()
    library.key = server.add_key(PERMISSIONS, server.add_user("Ben"))
    with pytest.raises(GalleryRefused, match="another user's"):
        library.run()
    library.key = own
    bad.check_it_ends_well(library, server, undisturbed)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("2.7.5", "3.1.0", id="2 to 3"),
        pytest.param("2.5.3", "3.3.5", id="the oldest to the newest"),
        pytest.param("3.1.0", "4.0.0", id="to one that nobody knows"),
    ],
)
def test_an_upgrade_between_two_runs(before: str, after: str, tmp_path: Path) -> None:
    with begun(tmp_path, before, bare=True) as here:
        bad.check_an_upgrade_between_two_runs(here, after, "4.0.0" if after == "4.0.0" else "")


def test_a_server_that_is_set_back_to_1_x(server: FakeImmich, library: Served, undisturbed: Undisturbed) -> None:
    library.run()
    server.version, n = "1.144.1", len(server.requests)
    with pytest.raises(GalleryRefused, match=r"Immich 1\.144\.1 is too old"):
        library.run()
    assert writes(server, n) == []
    server.version = "3.1.0"
    bad.check_it_ends_well(library, server, undisturbed)


@pytest.mark.parametrize("version", ["2.7.5", "3.1.0"])
def test_odd_names_and_tags(version: str, tmp_path: Path) -> None:
    with begun(tmp_path, version, bare=True) as here:
        bad.check_odd_texts_are_written_once(here)


@pytest.mark.parametrize("blow", bad.BLOWS.values(), ids=bad.BLOWS)
@pytest.mark.parametrize("means", [four_albums, grown])
def test_photos_that_go_between_plan_and_apply(means: Means, blow: bad.Blow, here: Here) -> None:
    bad.check_photos_that_go_between_plan_and_apply(here, means, blow)


def test_two_albumens_on_one_library(server: FakeImmich, library: Served, tmp_path: Path) -> None:
    bad.check_two_albumens_on_one_library(server, library, tmp_path / "other machine")


def test_two_albumens_at_the_same_time(
    server: FakeImmich, library: Served, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    bad.check_two_albumens_at_the_same_time(server, library, undisturbed, tmp_path / "other machine")


def test_two_albums_with_one_marker_are_named(server: FakeImmich, library: Served) -> None:
    library.run()
    twin = server.add_album("Lisbon", description=server.album("Lisbon").description)
    second = library.run(grown)
    assert any(twin in warning and "two Albumens" in warning for warning in second.warnings)
    assert list(server.state.albums[twin].members) == []
