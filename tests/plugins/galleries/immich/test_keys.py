"""A key with just the permissions of the table is enough, and no request needs one that the table does not name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fakes.immich import FakeImmich
from fakes.served import Served
from fakes.served.immich import IMMICH, is_write, serve, with_things_of_the_users
from fakes.served.wanted import four_albums, grown

from plugins.galleries import GalleryRefused
from plugins.galleries.immich.permissions import ENDPOINTS, READING, WRITING, permissions_for

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def begun(version: str) -> FakeImmich:
    """Return a server whose user has an album, tags and favourites."""
    server = serve(version)
    with_things_of_the_users(server, sorted(server.state.assets, key=lambda a: server.state.assets[a].taken))
    return server


def calls(server: FakeImmich) -> set[tuple[str, str]]:
    """Return method and path of every request, as the table writes them."""
    return {(seen.method, _ID.sub("{id}", seen.path).removeprefix("/api")) for seen in server.requests}


def read_all(library: Served) -> None:
    """Ask a gallery for everything that a run without --apply asks it for."""
    with library.gallery() as gallery:
        photos = list(gallery.photos())
        assert gallery.account().name == "Admin"
        assert [len(gallery.members(album.id)) for album in gallery.albums()] == [6]
        assert [len(gallery.tagged(tag)) for tag in gallery.tags()][-1] == 2
        assert gallery.preview(photos[0], 160).source
        assert gallery.regions(photos[0]) == gallery.people() == []


@pytest.mark.parametrize("version", ["2.5.3", "3.1.0", "3.3.5"])
def test_a_key_that_reads_is_enough_for_all_but_writing(version: str, tmp_path: Path) -> None:
    with begun(version) as server:
        library = Served(IMMICH, server.url, server.add_key(permissions_for(READING)), tmp_path)
        before = server.dump()
        read_all(library)
        with pytest.raises(GalleryRefused, match=r"lacks the permission (album|tag)\.\w+"):
            library.run()
        assert (server.dump(), [seen for seen in server.requests if is_write(seen) and seen.status != 403]) == (
            before,
            [],
        )
    assert calls(server) <= {(endpoint.method, endpoint.path) for endpoint in ENDPOINTS}


@pytest.mark.parametrize("version", ["2.5.3", "3.1.0", "3.3.5"])
def test_a_key_with_the_listed_permissions_is_enough_for_everything(version: str, tmp_path: Path) -> None:
    with begun(version) as server:
        library = Served(IMMICH, server.url, server.add_key(permissions_for((*READING, *WRITING))), tmp_path)
        before = server.dump()
        read_all(library)
        runs = [library.run(four_albums), library.run(grown)]
        assert [done.applied.refused for done in runs] == [[], []]
        for done in reversed(runs):
            library.undo(done.run)
        assert server.dump() == before
        refused = {seen.path.removeprefix("/api") for seen in server.requests if seen.status == 403}
    assert refused <= {"/stacks", "/users/me/preferences"}
    assert calls(server) <= {(endpoint.method, endpoint.path) for endpoint in ENDPOINTS}
