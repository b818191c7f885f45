"""What goes wrong with a server from one day to the next: it is named, harms nothing, and the next run goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fakes.immich import FakeImmich
from fakes.immich.server import PERMISSIONS
from fakes.served import Served, Undisturbed
from fakes.served.immich import IMMICH, serve, writes
from fakes.served.wanted import Means, event, four_albums, grown

from plugins.galleries import GalleryRefused, GalleryUnreachable
from plugins.publishing.wanted import Wanted

pytestmark = pytest.mark.usefixtures("quick_disk")


@pytest.fixture
def server() -> Iterator[FakeImmich]:
    with serve() as running:
        yield running


@pytest.fixture
def library(server: FakeImmich, undisturbed: Undisturbed, tmp_path: Path) -> Served:
    return undisturbed.begin(server, tmp_path)


def ends_well(library: Served, server: FakeImmich, undisturbed: Undisturbed) -> None:
    """Run on a good day again: the end is that of good days alone."""
    library.run()
    assert (server.dump(), library.memory()) == undisturbed.ends["first"]
    n = len(server.requests)
    assert (library.run().plan.changes, writes(server, n)) == ((), [])


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
    ends_well(library, server, undisturbed)


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
    ends_well(library, server, undisturbed)


@pytest.mark.parametrize("lacking", ["album.create", "album.update", "tag.create", "tag.asset"])
def test_a_key_that_lacks_a_permission(
    lacking: str, server: FakeImmich, library: Served, undisturbed: Undisturbed
) -> None:
    library.key, whole = server.add_key(p for p in PERMISSIONS if p != lacking), library.key
    with pytest.raises(GalleryRefused, match=f"lacks the permission {lacking}: add it in Immich"):
        library.run()
    library.key = whole
    ends_well(library, server, undisturbed)


def test_another_users_key(server: FakeImmich, library: Served, undisturbed: Undisturbed) -> None:
    own = library.key
    library.run()
    library.key = server.add_key(PERMISSIONS, server.add_user("Ben"))
    with pytest.raises(GalleryRefused, match="another user's"):
        library.run()
    library.key = own
    ends_well(library, server, undisturbed)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("2.7.5", "3.1.0", id="2 to 3"),
        pytest.param("2.5.3", "3.3.5", id="the oldest to the newest"),
        pytest.param("3.1.0", "4.0.0", id="to one that nobody knows"),
    ],
)
def test_an_upgrade_between_two_runs(before: str, after: str, tmp_path: Path) -> None:
    with serve(before) as server:
        untouched = server.dump()
        library = IMMICH.library(server, tmp_path / "data")
        first = library.run()
        server.version = after
        n = len(server.requests)
        second = library.run()
        assert (second.plan.changes, second.plan.observations, writes(server, n)) == ((), (), [])
        assert any("4.0.0 is newer" in warning for warning in second.warnings) == (after == "4.0.0")
        third = library.run(grown)
        assert third.applied.refused == []
        library.undo(third.run)
        library.undo(first.run)
        assert server.dump() == untouched


def test_a_server_that_is_set_back_to_1_x(server: FakeImmich, library: Served, undisturbed: Undisturbed) -> None:
    library.run()
    server.version, n = "1.144.1", len(server.requests)
    with pytest.raises(GalleryRefused, match=r"Immich 1\.144\.1 is too old"):
        library.run()
    assert writes(server, n) == []
    server.version = "3.1.0"
    ends_well(library, server, undisturbed)


ODD_TAGS = (
    "sky",
    "Sky",
    "SKY",
    "Auto/Beach",
    "Auto/beach",
    "/lead/ing/",
    "a//b",
    "Réunion 🏝️",
    "👨‍👩‍👧‍👦",
    "comma, pipe| and\nnewline",
    " blanks ",
    "x" * 300,
    "Ünïcödé/Straße",
)


def odd(photos: Means) -> Wanted:
    """Return what nobody would type: names of 5,000 characters, right-to-left marks, tags of every kind."""
    titles = ("A" * 5_000, "🎂" * 1_250, "\u202eback\u202c\twards", "<b>&amp;</b> '; DROP TABLE albums; --")
    texts = ("x" * 5_000, "[albumen:event key=event-000000000000 v=1] is not ours", "two\n\nlines\n", "")
    albums = [
        replace(event(photos[10 * n : 10 * n + 10], titles[n], 1), description=texts[n]) for n in range(len(titles))
    ]
    tags = {(photos[n], tag) for n, tag in enumerate(ODD_TAGS)} | {(photos[30], tag) for tag in ODD_TAGS}
    return Wanted(tuple(albums), frozenset(tags))


@pytest.mark.parametrize("version", ["2.7.5", "3.1.0"])
def test_odd_names_and_tags(version: str, tmp_path: Path) -> None:
    with serve(version) as server:
        untouched = server.dump()
        library = IMMICH.library(server, tmp_path / "data")
        first = library.run(odd)
        assert first.applied.refused == []
        assert "A" * 5_000 in {album.name for album in server.state.albums.values()}
        photos = sorted(server.state.assets, key=lambda a: server.state.assets[a].taken)
        written = {tag.strip("/").replace("//", "/") for tag in ODD_TAGS}
        assert server.tags_of(photos[30]) == written
        n = len(server.requests)
        second = library.run(odd)
        assert (second.plan.changes, second.plan.observations, writes(server, n)) == ((), (), [])
        library.undo(first.run)
        assert server.dump() == untouched


Blow = Callable[[FakeImmich, list[str]], object]


@pytest.mark.parametrize(
    "blow",
    [
        pytest.param(lambda s, p: s.delete_asset(*p[::7]), id="some deleted for good"),
        pytest.param(lambda s, p: s.delete_asset(p[0], p[2], p[20], p[24]), id="covers and first photos deleted"),
        pytest.param(lambda s, p: s.delete_asset(*p[:10]), id="all photos of an album deleted"),
        pytest.param(lambda s, p: s.trash_asset(*p[::7]), id="some in the bin"),
        pytest.param(lambda s, p: s.trash_asset(*p[20:30]), id="all photos of an album in the bin"),
    ],
)
@pytest.mark.parametrize("means", [four_albums, grown])
def test_photos_that_go_between_plan_and_apply(means: Means, blow: Blow, server: FakeImmich, library: Served) -> None:
    photos = sorted(server.state.assets, key=lambda a: server.state.assets[a].taken)
    if means is grown:
        library.run()

    def rest(left: list[str]) -> Wanted:
        """Return what the methods want of the photos that are left."""
        whole = means(photos)
        albums = [replace(a, photos=tuple(p for p in a.photos if p in left)) for a in whole.albums]
        albums = [replace(a, cover=a.cover if a.cover in a.photos else None) for a in albums if a.photos]
        return Wanted(tuple(albums), frozenset((p, tag) for p, tag in whole.tags or () if p in left))

    library.run(means, meanwhile=lambda: blow(server, photos))
    library.run(rest)
    n = len(server.requests)
    last = library.run(rest)
    assert (last.plan.changes, last.applied.refused, writes(server, n)) == ((), [], [])
    left = [p for p in photos if p in server.state.assets and server.state.assets[p].trashed is None]
    shown = {
        frozenset(m for m in album.members if m in left) for album in server.state.albums.values() if album.members
    }
    assert {frozenset(album.photos) for album in rest(left).albums} <= shown
    assert all(server.tags_of(p) == {tag for q, tag in rest(left).tags or () if q == p} for p in left)


def test_two_albumens_on_one_library(server: FakeImmich, library: Served, tmp_path: Path) -> None:
    """The second finds albums of ours that it does not remember: it names them, and touches nothing."""
    other = IMMICH.library(server, tmp_path / "other machine")
    library.run()
    n, after = len(server.requests), server.dump()
    second = other.run(grown)
    assert "4 albums carry our marker, but the store does not remember them" in second.plan.blocked
    assert (second.plan.changes, writes(server, n), server.dump()) == ((), [], after)
    assert library.run().plan.changes == ()


def test_two_albumens_at_the_same_time(
    server: FakeImmich, library: Served, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    """Both plan the same albums; the later one finds them made, and makes none again."""
    other = IMMICH.library(server, tmp_path / "other machine")
    library.run(meanwhile=other.run)
    assert server.dump() == undisturbed.ends["first"][0]
    assert library.run().plan.changes == other.run().plan.changes == ()


def test_two_albums_with_one_marker_are_named(server: FakeImmich, library: Served) -> None:
    library.run()
    twin = server.add_album("Lisbon", description=server.album("Lisbon").description)
    second = library.run(grown)
    assert any(twin in warning and "two Albumens" in warning for warning in second.warnings)
    assert list(server.state.albums[twin].members) == []
