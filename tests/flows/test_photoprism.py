"""Curate and undo from end to end on a fake PhotoPrism: albums with covers and labels; nothing new, nothing written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from typing import Any

import pytest
from fakes.curated import LIBRARY, enter, make_pictures, with_user
from fakes.photoprism import FakePhotoPrism
from fakes.photoprism.records import Album
from fakes.served.photoprism import told, writes

from flows.curate import curate
from flows.undo import undo
from plugins.galleries.photoprism.marker import marker_in

pytestmark = pytest.mark.flow
FACES = 3


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_pictures(tmp_path_factory.mktemp("pictures"))


@dataclass
class Family:
    """The server, and what to know of it to hold it against the results."""

    server: FakePhotoPrism
    untouched: dict[str, Any] = field(default_factory=dict)

    def ours(self) -> list[Album]:
        """Return the albums of ours, by title."""
        albums = (album for album in self.server.state.albums.values() if not album.deleted)
        return sorted((album for album in albums if marker_in(album.notes) is not None), key=lambda album: album.title)

    def budget(self) -> int:
        """Return how many requests a run of all steps over an unchanged library may take."""
        state = self.server.state
        named = sum(not one.deleted for of in (state.albums, state.labels, state.subjects) for one in of.values())
        return ceil(len(state.photos) / 5_000) + named + 20


@pytest.fixture
def family(pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Family]:
    """Serve the library, and let the environment of this process name it."""
    with FakePhotoPrism() as server:
        photos = server.add_library(pictures, with_user=with_user(pictures))
        for photo in photos[:FACES]:
            server.add_face(photo, (0.7, 0.1, 0.1, 0.1))
        enter(tmp_path, monkeypatch, "photoprism", server.url, server.token)
        yield Family(server, told(server))


def test_curated_run_again_and_taken_back(family):
    server = family.server
    looked = curate(LIBRARY)
    assert (writes(server), looked["plan"]["changes"] > 0) == ([], True)

    first = curate(LIBRARY, apply="all")
    assert first["applied"]["refused"] == []
    applied = first["applied"]
    assert applied["done"] + applied["already"] == looked["plan"]["changes"]
    assert len(family.ours()) >= 2
    for album in family.ours():
        inside, state = album.shown(), server.state
        assert album.title
        assert (state.files[state.by_hash[album.thumb]].photo in inside, album.thumb_src) == (True, "vision")
        assert all(server.labels_of(photo) for photo in inside if state.photos[photo].lat)
    written, n = told(server), len(server.requests)

    second = curate(LIBRARY, apply="all")
    assert (second["plan"]["changes"], second["applied"]["done"], writes(server, n)) == (0, 0, [])
    assert "Nothing new: no feature made, no write." in Path(second["report"]).read_text()
    asked = [seen.path for seen in server.requests[n:]]
    of_steps = [path for path in asked if not path.startswith("/api/v1/t/")]  # the report asks for its pictures
    assert [path for path in of_steps if path.startswith("/api/v1/photos/")] == []
    assert len(of_steps) <= family.budget()
    assert told(server) == written

    undone = undo(LIBRARY, first["run"])
    assert undone["applied"]["refused"] == []
    assert told(server) == family.untouched


def test_the_users_edits_are_kept(family):
    """Every one at once: a new title, text and cover, a photo out and one in, a label off, an album thrown away."""
    server = family.server
    curate(LIBRARY, apply="all")
    gone, edited = family.ours()[:2]
    inside = edited.shown()
    stranger = next(photo for photo in server.state.photos if photo not in inside)
    labelled = next(photo for photo in inside[3:] if server.labels_of(photo))
    server.delete_album(gone.uid)
    server.rename(edited.uid, "Ours 🎉")
    server.describe(edited.uid, "It rained.")
    server.take_out(edited.uid, inside[0])
    server.add_to_album(edited.uid, stranger)
    server.set_cover(edited.uid, inside[2])
    server.unlabel(min(server.labels_of(labelled)), labelled)
    theirs, n = told(server), len(server.requests)

    summary = curate(LIBRARY, apply="all")
    assert {o["edit"] for o in summary["plan"]["observations"]} == {
        "deleted", "renamed", "described", "removed", "added", "chose a cover", "rejected the tag",
    }  # fmt: skip
    assert curate(LIBRARY, apply="all")["plan"]["observations"] == []
    assert writes(server, n) == []
    assert told(server) == theirs
    undo(LIBRARY, summary["run"])
    assert server.album("Ours 🎉").thumb_src == "manual"
