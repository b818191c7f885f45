"""Whether people may be written: by the key's permissions, and by whom else it would reach; all else works anyway."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fakes.immich import FakeImmich

from plugins.changes import CreateAlbum
from plugins.galleries.immich import Plugin
from plugins.galleries.immich.client import connect
from plugins.galleries.immich.permissions import PEOPLE, READING, WRITING, permissions_for

Open = Callable[..., Plugin]
ALL = set(permissions_for((*READING, *WRITING, *PEOPLE)))


@pytest.mark.parametrize(
    ("version", "without", "lacks"),
    [
        pytest.param("2.7.5", set(), "", id="2.x"),
        pytest.param("3.1.0", {"clusterGroup.read"}, "", id="3.1 knows of no groups"),
        pytest.param("3.3.5", set(), "", id="3.3, alone in a group"),
        pytest.param("3.3.5", {"clusterGroup.read"}, "clusterGroup.read", id="3.3, and it does not say with whom"),
        pytest.param("3.1.0", {"face.update"}, "face.update", id="no face can be given"),
        pytest.param("3.1.0", {"face.read"}, "face.read", id="no face can be seen"),
        pytest.param("3.1.0", {"person.create", "person.delete"}, "person.create, person.delete", id="each is named"),
    ],
)
def test_a_key_without_permissions_for_people_writes_albums(
    version: str, without: set[str], lacks: str, open_it: Open
) -> None:
    with FakeImmich(version) as server:
        photos = server.add_photos(2)
        gallery = open_it(server, server.add_key(sorted(ALL - without)))
        assert gallery.capabilities.people == (not lacks)
        assert gallery.capabilities.albums
        warnings = [text for text in gallery.warnings() if "people" in text]
        assert [lacks in text and "albums and tags are written" in text for text in warnings] == [True] * bool(lacks)
        assert gallery.apply(CreateAlbum("ev-1", "event", "Lisbon", "", tuple(photos))).status == "done"


@pytest.mark.parametrize("draws", [True, False])
def test_who_wants_faces_drawn_needs_the_permission(draws: bool, tmp_path: Path) -> None:
    with FakeImmich("3.1.0") as server:
        key = server.add_key(sorted(ALL))
        with Plugin(connect(server.url, key), tmp_path / "known", draws=draws) as gallery:
            assert gallery.capabilities.people == (not draws)
            assert any("face.create, face.delete" in text for text in gallery.warnings()) == draws


def test_people_that_are_shared_with_others_are_only_read(open_it: Open) -> None:
    with FakeImmich("3.3.5") as server:
        server.add_user("Bob").group = server.user.group
        server.add_user("Eve")
        gallery = open_it(server, server.add_key(sorted(ALL)))
        assert not gallery.capabilities.people
        assert any("shared with Bob:" in text for text in gallery.warnings())


def test_a_key_that_only_reads_is_not_told_of_people(open_it: Open) -> None:
    with FakeImmich("3.1.0") as server:
        gallery = open_it(server, server.add_key(permissions_for(READING)))
        assert not gallery.capabilities.people
        assert not [text for text in gallery.warnings() if "people" in text]


def test_an_unknown_version_is_asked_nothing_more(open_it: Open) -> None:
    with FakeImmich("4.0.0") as server:
        gallery = open_it(server)
        assert not gallery.capabilities.people
        assert not [seen for seen in server.requests if "cluster" in seen.path or "api-keys" in seen.path]


def test_what_the_key_may_do_is_asked_once_a_run(open_it: Open) -> None:
    with FakeImmich("3.1.0") as server:
        server.add_photos(2)
        key = server.add_key(sorted(ALL - {"face.update"}))

        def ran() -> tuple[list[bool], int]:
            """Open the gallery for three steps, the first of which lists the photos; return who may be written."""
            begun, found = len(server.requests), []
            for step in range(3):
                gallery = open_it(server, key)
                found.append(gallery.capabilities.people)
                found += [gallery.capabilities.people for _ in gallery.photos()] if step == 0 else []
                gallery.warnings()
            asked = sum(seen.path.endswith(("/api-keys/me", "/preferences")) for seen in server.requests[begun:])
            return found, asked

        assert ran() == ([False] * 5, 2)
        server.state.keys[key].permissions = tuple(ALL)
        found, asked = ran()
        assert (found[-2:], asked) == ([True, True], 2)
