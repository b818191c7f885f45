"""What is not written to PhotoPrism at all: refused with the reason, and without a request."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.photoprism import FakePhotoPrism, labelling
from fakes.photoprism_writer import open_writer, writes

from plugins.changes import AddTags, Change, CreateAlbum, DrawRegion, RemoveRegion, SetPoster, WriteNote
from plugins.galleries.server.writing import LONGEST_REASON

PHOTO = "p000000000000000"
BOX = (0.1, 0.1, 0.5, 0.5)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        pytest.param(WriteNote(PHOTO, "An evening"), "captions", id="a note"),
        pytest.param(SetPoster(PHOTO, 1.0, None), "pictures of videos", id="a poster"),
        pytest.param(DrawRegion(PHOTO, "dog", BOX), "no regions", id="a region"),
        pytest.param(RemoveRegion(PHOTO, "dog", BOX), "no regions", id="a region taken away"),
    ],
)
def test_what_photoprism_has_no_place_for_is_refused(change: Change, why: str, tmp_path: Path) -> None:
    with FakePhotoPrism() as server:
        outcome = open_writer(server, tmp_path).apply(change)
        assert (outcome.status, why in outcome.reason, writes(server)) == ("refused", True, [])


def test_changes_that_a_killed_run_began_are_made_again(tmp_path: Path) -> None:
    with FakePhotoPrism() as server:
        photo = server.add_photos(1)[0]
        asked = [CreateAlbum("ev-1", "event", "a", "", (photo,)), AddTags(("Beach",), (photo,)), WriteNote(photo, "a")]
        writer = open_writer(server, tmp_path)
        assert [outcome.status for outcome in writer.digested(asked)] == ["done", "done", "refused"]
        assert [outcome.status for outcome in writer.digested(asked)] == ["already", "already", "refused"]
        assert writer.digested([]) == []


def test_no_reason_is_as_long_as_the_names_on_the_server(tmp_path: Path) -> None:
    with FakePhotoPrism() as server:
        photo, writer = server.add_photos(1)[0], open_writer(server, tmp_path)
        server.label("Beach", photo)
        labelling.rename(server.state, labelling.named(server.state, "Beach"), "Strand")
        labelling.named(server.state, "Strand").name = "S" * 10_000_000
        outcome = writer.apply(AddTags(("Beach",), (server.add_photos(1)[0],)))
        assert "calls the label 'Beach'" in outcome.reason
        assert len(outcome.reason) <= LONGEST_REASON
